// SPDX-License-Identifier: MIT

import Foundation
import H2
import Testing
import h2tool

/// `h2tool serve` serves one directory and nothing else.
@Suite struct SiteTests {
    /// `site` is served; `secret.txt` and `site-secret` are next to it.
    private let folder: TemporaryFolder
    private let site: Site

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
        site = try Site("\(folder.path)/site")
    }

    private func status(of target: String) -> String? {
        answer(target).headers[":status"]
    }

    private func answer(_ target: String) -> Answer {
        site.recordRead()
        return site.answer("GET", target)
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

    @Test("an absolute path is resolved below the directory")
    func absolutePath() {
        #expect(status(of: "\(folder.path)/secret.txt") == "404")
        #expect(status(of: "\(folder.path)/site/inside.txt") == "404")
        #expect(status(of: "/\(folder.path)/secret.txt") == "404")
    }

    @Test(
        "a symbolic link that leads out of the directory, or to no file, is not found",
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
        "a target that is malformed or names no file is not found",
        arguments: [
            "", "*", "inside.txt", "../secret.txt", "http://a.example/inside.txt", "/inside.txt%00",
            "/inside.txt%00.html", "/%00", "/\0", "/%", "/%2", "/%zz", "/inside.txt%", "/%ff",
            "/inside.txt/", "/inside.txt/.", "/inside.txt/x", "/nothing", "\\inside.txt",
        ])
    func malformedTargets(target: String) {
        #expect(status(of: target) == "404")
    }

    @Test(
        "a file inside the directory is found, also through a symbolic link",
        arguments: [
            "/inside.txt", "//inside.txt", "/./inside.txt", "/%69nside.txt", "/inside.txt?../x",
            "/sub/inside.txt", "/sub//inside.txt", "/alias.txt", "/alias/inside.txt",
            "/%c3%a4/a%20b%25.txt",
        ])
    func targetsInside(target: String) throws {
        let answer = answer(target)
        #expect(answer.headers[":status"] == "200")
        #expect(answer.headers["content-length"] == "6")
    }

    @Test(
        "a listing contains the names in the directory, each time",
        arguments: ["/", "//", "/.", "/?x", "/sub/", "/alias/", "/sub//./?x"])
    func listings(target: String) throws {
        for _ in 1...3 {
            let answer = answer(target)
            #expect(answer.headers[":status"] == "200")
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            let page = try String(decoding: site.content(of: answer), as: UTF8.self)
            #expect(page.contains("<a href=\"./inside.txt\">inside.txt</a>"))
            let isRoot = page.contains("<title>/</title>")
            #expect(page.contains("<a href=\"../\">../</a>") != isRoot)
        }
    }

    @Test("a listing contains new files and escapes their names")
    func escapedListing() throws {
        _ = try site.content(of: answer("/sub/"))
        try folder.makeFile("site/sub/a&b<c>\"d\" %:ä.txt", "")
        try folder.makeFolder("site/sub/folder")
        let page = try String(decoding: site.content(of: answer("/sub/")), as: UTF8.self)
        #expect(page.contains("<title>/sub/</title>"))
        #expect(page.contains("<a href=\"./folder/\">folder/</a>"))
        let link = "<a href=\"./a%26b%3Cc%3E%22d%22%20%25%3A%C3%A4.txt\">"
        #expect(page.contains(link + "a&amp;b&lt;c>\"d\" %:ä.txt</a>"))
    }

    @Test("a listing of more than 2,000 names says that it is incomplete")
    func cutListing() throws {
        try folder.makeFolder("site/many")
        for number in 0..<2_001 { try folder.makeFile("site/many/\(number)", "") }
        let page = try String(decoding: site.content(of: answer("/many/")), as: UTF8.self)
        #expect(page.split(separator: "<a href=\"./").count == 2_001)
        #expect(page.contains("Only 2000 of the names are shown."))
    }

    @Test(
        "a directory whose target has no final slash is redirected",
        arguments: [
            ("/sub", "/sub/"), ("//sub?a=b/c", "/sub/?a=b/c"), ("/alias", "/alias/"),
            ("/%c3%a4", "/%C3%A4/"), ("/./sub/out/../..", nil),
        ])
    func redirection(target: String, location: String?) {
        let answer = answer(target)
        #expect(answer.headers[":status"] == (location == nil ? "404" : "301"))
        #expect(answer.headers["location"] == location)
    }

    @Test("a directory with an index.html is served as that file")
    func index() throws {
        try folder.makeFile("site/sub/index.html", "<p>index")
        let answer = answer("/sub/")
        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
        #expect(try site.content(of: answer) == Array("<p>index".utf8))
        try folder.makeLink("site/ä/index.html", to: "../../secret.txt")
        #expect(self.answer("/%c3%a4/").headers["content-length"] == nil)
    }

    @Test("a changed file is served with its new content, even if the length is the same")
    func changedFile() throws {
        for text in ["inside", "Inside", "inside", "INSIDE", "longer than before", ""] {
            try folder.makeFile("site/inside.txt", text)
            for _ in 1...2 {
                let answer = answer("/inside.txt")
                #expect(answer.headers["content-length"] == "\(text.utf8.count)")
                #expect(try site.content(of: answer) == Array(text.utf8))
            }
        }
        try folder.remove("site/inside.txt")
        #expect(status(of: "/inside.txt") == "404")
    }

    @Test("a cached file is checked again after each read")
    func rememberedFile() throws {
        let site = try Site("\(folder.path)/site", settlingTime: 0)
        for text in ["a", "ab", "abc", ""] {
            try folder.makeFile("site/inside.txt", text)
            for _ in 1...3 {
                site.recordRead()
                let answer = site.answer("GET", "/inside.txt?x")
                #expect(try site.content(of: answer) == Array(text.utf8))
                // The file is not checked again before the next read.
                try folder.makeFile("site/inside.txt", "changed")
                #expect(try site.content(of: site.answer("GET", "/inside.txt")) == Array(text.utf8))
                try folder.makeFile("site/inside.txt", text)
            }
        }
        try folder.remove("site/inside.txt")
        site.recordRead()
        #expect(site.answer("GET", "/inside.txt").headers[":status"] == "404")
    }

    @Test("a link changed to lead out is not followed, even if its file is cached")
    func changedLink() throws {
        let site = try Site("\(folder.path)/site", settlingTime: 0)
        site.recordRead()
        #expect(site.answer("GET", "/alias.txt").headers[":status"] == "200")
        try folder.remove("site/alias.txt")
        try folder.makeLink("site/alias.txt", to: "../secret.txt")
        site.recordRead()
        #expect(site.answer("GET", "/alias.txt").headers[":status"] == "404")
    }

    @Test("files being sent use at most 32 descriptors")
    func openFiles() throws {
        let size = 100_000
        for number in 0..<100 {
            let text = String(repeating: "\(number % 10)", count: size)
            try folder.makeFile("site/\(number)", text)
        }
        var answers = (0..<100).map { answer("/\($0)") }
        #expect(site.openFileCount == 32)
        for offset in stride(from: 0, to: size, by: 25_000) {
            for (number, answer) in answers.enumerated() {
                let piece = try site.read(answer.content, upTo: 25_000, at: offset)
                #expect(piece?.bytes.count == 25_000)
                let digit = UInt8(ascii: "0") + UInt8(number % 10)
                #expect(piece?.bytes.allSatisfy { $0 == digit } == true)
                #expect(piece?.isLast == (offset == 75_000))
                #expect(site.openFileCount <= 32)
            }
        }
        answers.removeFirst(99)
        #expect(site.openFileCount == 1)
        answers = []
        #expect(site.openFileCount == 0)
    }

    @Test("unsent responses hold at most 4 MiB of small files")
    func heldContents() throws {
        let site = try Site("\(folder.path)/site", settlingTime: 0)
        let size = 16 << 10
        let text = String(repeating: "a", count: size)
        for number in 0..<300 { try folder.makeFile("site/\(number)", text) }
        site.recordRead()
        let answers = (0..<300).map { site.answer("GET", "/\($0)") }
        #expect(answers.count { $0.holdsContent } * size <= 4 << 20)
        for answer in [answers[0], answers[299]] {
            #expect(try site.content(of: answer) == Array(text.utf8))
        }
        // A response for a long path is not cached.
        let long = site.answer("GET", "/" + String(repeating: "./", count: 200) + "0")
        #expect(try !long.holdsContent && site.content(of: long) == Array(text.utf8))
    }

    @Test("names that differ only in Unicode normalization are different files")
    func unicodeForms() throws {
        let names = ["caf\u{e9}.txt", "cafe\u{301}.txt"]
        for (name, text) in zip(names, ["1", "22"]) { try folder.makeFile("site/\(name)", text) }
        let site = try Site("\(folder.path)/site", settlingTime: 0)
        site.recordRead()
        for _ in 1...2 {
            for (name, length) in zip(names, ["1", "2"]) {
                #expect(site.answer("GET", "/\(name)").headers["content-length"] == length)
            }
        }
        let combined = "/inside.txt?\u{301}"
        #expect(site.answer("GET", combined).headers["content-length"] == "6")
    }

    @Test("a file that changes after its header section is not sent any further")
    func changeWhileSending() throws {
        for offset in [0, 10_000] {
            try folder.makeFile("site/large", String(repeating: "a", count: 100_000))
            let answer = answer("/large")
            if offset > 0 { _ = try site.read(answer.content, upTo: offset, at: 0) }
            try folder.makeFile("site/large", String(repeating: "b", count: 100_001))
            #expect(throws: Failure.self) {
                try site.read(answer.content, upTo: 10_000, at: offset)
            }
        }
    }

    @Test("a file that is replaced while it is sent is sent to its end")
    func replacementWhileSending() throws {
        try folder.makeFile("site/large", String(repeating: "a", count: 100_000))
        try folder.makeFile("site/new", String(repeating: "b", count: 100_000))
        let answer = answer("/large")
        var content = try #require(try site.read(answer.content, upTo: 10, at: 0)).bytes
        try folder.rename("site/new", to: "site/large")
        content += try #require(try site.read(answer.content, upTo: 100_000, at: 10)).bytes
        #expect(content.elementsEqual([UInt8](repeating: UInt8(ascii: "a"), count: 100_000)))
        let next = try site.content(of: self.answer("/large"))
        #expect(next == [UInt8](repeating: UInt8(ascii: "b"), count: 100_000))
    }

    @Test("a round creates at most two listings")
    func listingsOfRound() throws {
        let names = ["a", "b", "c"]
        for name in names { try folder.makeFolder("site/\(name)") }
        let answers = names.map { answer("/\($0)/") }
        for round in 1...3 {
            site.beginRound()
            let made = try answers.filter {
                try site.read($0.content, upTo: 100, at: 0) != nil
            }
            #expect(made.count == min(round + 1, 3))
        }
    }

    @Test("each response has a date", arguments: ["/inside.txt", "/", "/nothing", "/sub"])
    func date(target: String) throws {
        let date = try #require(answer(target).headers["date"])
        let format = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
        #expect(date.wholeMatch(of: format) != nil)
    }

    @Test("the response to a method that is not allowed lists the allowed methods")
    func methods() {
        site.recordRead()
        for (method, target, allowed) in [
            ("POST", "/inside.txt", "GET, HEAD"), ("DELETE", "/", "GET, HEAD"),
            ("GET", "/echo", "POST"),
        ] {
            let answer = site.answer(method, target)
            #expect(answer.headers[":status"] == "405")
            #expect(answer.headers["allow"] == allowed)
        }
    }

    @Test("a directory whose name begins like the served one is not served")
    func similarName() throws {
        try folder.makeLink("site/similar", to: "../site-secret")
        #expect(status(of: "/similar/secret.txt") == "404")
        #expect(status(of: "/similar") == "404")
    }

    @Test("a link is not followed when a file is opened", arguments: ["inside.txt", "alias.txt"])
    func openingByName(name: String) throws {
        let directory = try Descriptor(opening: "\(folder.path)/site")
        let file = try? Descriptor(opening: name, in: directory)
        #expect((file == nil) == (name == "alias.txt"))
    }
}

extension Site {
    /// Returns the complete content of an answer.
    func content(of answer: Answer) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            beginRound()
            guard let piece = try read(answer.content, upTo: 5_000, at: bytes.count) else {
                continue
            }
            bytes += piece.bytes
            if piece.isLast { return bytes }
        }
    }
}
