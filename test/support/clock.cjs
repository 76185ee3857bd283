// Preloaded into a server: its clock is off by the milliseconds that a file says at the time.
const { readFileSync } = require("node:fs")
const now = Date.now
Date.now = () => now() + Number(readFileSync(process.env.TEST_CLOCK_OFFSET, "utf8"))
