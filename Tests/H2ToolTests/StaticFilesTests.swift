// SPDX-License-Identifier: MIT

import Foundation
import H2
import Testing
import h2tool

/// `h2tool serve` serves one directory and nothing else.
@Suite struct StaticFilesTests {
    /// `site` is served; `secret.txt` and `site-secret` are beside it.
    private let folder: TemporaryFolder
    private let site: StaticFiles

    init() throws {
        folder = try TemporaryFolder()
        for name in ["site", "site/sub", "site/ä", "site-secret"] { try folder.makeFolder(name) }
        try folder.makeFile("secret.txt", "secret")
        try folder.makeFile("site-secret/secret.txt", "secret")
        try folder.makeFile("site/inside.txt", "inside")
        try folder.makeFile("site/sub/inside.txt", "inside")
        try folder.makeFile("site/ä/a b%.txt", "inside")
        try folder.makeLink("site/alias.txt", to: "sub/inside.txt")
        try folder.makeLink("site/alias", to: "\(folder.path)/site/sub")
        try folder.makeLink("site/out.txt", to: "../secret.txt")
        try folder.makeLink("site/out-absolute.txt", to: "\(folder.path)/secret.txt")
        try folder.makeLink("site/out", to: "..")
        try folder.makeLink("site/sub/out", to: "../../site-secret")
        try folder.makeLink("site/twice.txt", to: "out.txt")
        try folder.makeLink("site/loop", to: "loop")
        try folder.makeLink("site/broken", to: "nowhere")
        site = try StaticFiles("\(folder.path)/site")
    }

    private func status(of target: String) -> String? {
        site.answer("GET", target).headers[":status"]
    }

    @Test(
        "a target that leaves the directory is not found",
        arguments: [
            "/../secret.txt", "/..", "/../", "/sub/../../secret.txt", "/sub/../inside.txt",
            "/%2e%2e/secret.txt", "/%2E%2E/secret.txt", "/.%2e/secret.txt", "/%2e./secret.txt",
            "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/sub/%2e%2e/%2e%2e/secret.txt",
            "/../site-secret/secret.txt", "/%252e%252e/secret.txt", "/..%5csecret.txt",
            "/..\\secret.txt", "/%c0%ae%c0%ae/secret.txt", "/%e0%80%ae%e0%80%ae/secret.txt",
            "/...//secret.txt", "/.../secret.txt", "/etc/passwd", "//etc/passwd",
            "///etc/passwd", "/%2fetc/passwd", "/%2f%2fetc%2fpasswd",
        ])
    func targetsOutside(target: String) {
        #expect(status(of: target) == "404")
    }

    @Test("an absolute path is taken as one below the directory")
    func absolutePath() {
        #expect(status(of: "\(folder.path)/secret.txt") == "404")
        #expect(status(of: "\(folder.path)/site/inside.txt") == "404")
        #expect(status(of: "/\(folder.path)/secret.txt") == "404")
    }

    @Test(
        "a symbolic link that leads out is not found",
        arguments: [
            "/out.txt", "/out-absolute.txt", "/out", "/out/", "/out/secret.txt",
            "/out/site-secret/",
            "/sub/out", "/sub/out/secret.txt", "/twice.txt", "/loop", "/broken",
            "/out/site/out.txt",
            "/alias/out/secret.txt",
        ])
    func linksOutside(target: String) {
        #expect(status(of: target) == "404")
    }

    @Test(
        "a target that is none is not found",
        arguments: [
            "", "*", "inside.txt", "../secret.txt", "http://a.example/inside.txt", "/inside.txt%00",
            "/inside.txt%00.html", "/%00", "/\0", "/%", "/%2", "/%zz", "/inside.txt%", "/%ff",
            "/inside.txt/", "/inside.txt/.", "/inside.txt/x", "/nothing", "\\inside.txt",
        ])
    func malformedTargets(target: String) {
        // A file with a slash behind it is found, as its names are the same.
        let isFile = target == "/inside.txt/"
        #expect(status(of: target) == (isFile ? "200" : "404"))
    }

    @Test(
        "what is inside is found, also by a symbolic link",
        arguments: [
            "/inside.txt", "//inside.txt", "/./inside.txt", "/%69nside.txt", "/inside.txt?../x",
            "/sub/inside.txt", "/sub//inside.txt", "/alias.txt", "/alias/inside.txt",
            "/%c3%a4/a%20b%25.txt",
        ])
    func targetsInside(target: String) throws {
        let answer = site.answer("GET", target)
        #expect(answer.headers[":status"] == "200")
        #expect(answer.headers["content-length"] == "6")
    }

    @Test(
        "a listing names what is in the directory", arguments: ["/", "//", "/.", "/?x", "/alias"])
    func listings(target: String) {
        let answer = site.answer("GET", target)
        #expect(answer.headers[":status"] == "200")
        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
    }

    @Test("a directory whose name begins like the served one is another one")
    func similarName() throws {
        try folder.makeLink("site/similar", to: "../site-secret")
        #expect(status(of: "/similar/secret.txt") == "404")
        #expect(status(of: "/similar") == "404")
    }

    @Test("a link is not followed when a file is opened", arguments: ["inside.txt", "alias.txt"])
    func openingByName(name: String) throws {
        let directory = try Descriptor(opening: "\(folder.path)/site")
        let file = try? Descriptor(opening: name, in: directory, Descriptor.exactly)
        #expect((file == nil) == (name == "alias.txt"))
    }
}
