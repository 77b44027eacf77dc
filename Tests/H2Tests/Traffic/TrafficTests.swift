// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct TrafficTests {
    @Test("a connection survives each pattern", arguments: TrafficVariant.all)
    func lives(_ variant: TrafficVariant) throws {
        let scene = try Scene(variant)
        try variant.traffic.run(scene)
        let connection = scene.connection
        #expect(connection.audit() == [] && connection.unexpectedReactions == 0)
        // One more exchange still works.
        try scene.exchange()
    }

    @Test("there are at least 80 patterns, and each has its own name")
    func patterns() {
        #expect(Traffic.all.count >= 80)
        #expect(Set(Traffic.all.map(\.name)).count == Traffic.all.count)
    }
}
