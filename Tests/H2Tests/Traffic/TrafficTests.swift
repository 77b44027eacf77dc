// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct TrafficTests {
    @Test("a correct peer and a correct program live", arguments: TrafficVariant.all)
    func lives(_ variant: TrafficVariant) throws {
        let scene = try Scene(variant)
        try variant.traffic.run(scene)
        let connection = scene.connection
        #expect(connection.audit() == [] && connection.unexpectedReactions == 0)
        // What is allowed once more is no accident.
        try scene.exchange()
    }

    @Test("there are 80 patterns, each with a name of its own")
    func patterns() {
        #expect(Traffic.all.count >= 80)
        #expect(Set(Traffic.all.map(\.name)).count == Traffic.all.count)
    }
}
