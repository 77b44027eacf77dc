// SPDX-License-Identifier: MIT
//
// node uploads.mjs URL 413|REFUSED_STREAM
//
// Posts 1 MiB to the server 1,000 times, 50 at a time on one session, and fails unless the server refuses each
// upload as given. Then posts once to /accept, which must succeed.
import http2 from "node:http2";

const [url, refusal] = process.argv.slice(2);
const body = Buffer.alloc(1 << 20, "x");
const refused = refusal === "413" ? "413, code 0" : "undefined, code 7";

function fail(what) {
    console.error(what);
    process.exit(1);
}

// In MB. Node never subtracts the unsent part of a body from its count, so with its default of 10 it would drop
// the responses.
const session = http2.connect(url, { maxSessionMemory: 2000 });
session.on("error", (error) => fail(`session: ${error}`));
session.on("goaway", (code) => code === 0 || fail(`GOAWAY, code ${code}`));

/** Posts the body. Returns the status and the RST_STREAM code as text, and the received text. */
function upload(path) {
    return new Promise((resolve) => {
        const request = session.request({ ":method": "POST", ":path": path });
        let status, text = "";
        request.on("response", (headers) => (status = headers[":status"]));
        request.setEncoding("utf8").on("data", (piece) => (text += piece));
        // `rstCode` contains the error.
        request.on("error", () => {});
        request.on("close", () => resolve([`${status}, code ${request.rstCode}`, text]));
        request.end(body);
    });
}

let count = 0;
async function uploadMany() {
    while (count < 1000) {
        count += 1;
        const [result] = await upload("/refuse");
        if (result !== refused) fail(`${result}, not ${refused}`);
    }
}
await Promise.all(Array.from({ length: 50 }, uploadMany));

const [result, text] = await upload("/accept");
if (result !== "200, code 0" || text !== `${body.length}`) fail(`/accept: ${result}: ${text}`);
session.close();
