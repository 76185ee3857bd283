#!/usr/bin/env node
const { readFileSync } = require("node:fs")
const { join } = require("node:path")
const v8 = require("node:v8")
const vm = require("node:vm")

/*
 * Starts the server, which lies beside this file, together with what V8 made of its text at build time: compiling it anew would take
 * longer than all the rest. Another version of Node has no use for that, and compiles. CommonJS, because it loads sooner.
 */

// Space for young objects stays as small as it is at the start: a call needs little, and there are as many servers as agents.
v8.setFlagsFromString("--semi-space-growth-factor=1")

const beside = (name) => join(__dirname, name)

const codeCache = () => {
  try {
    return readFileSync(beside("server.cache"))
  } catch {
    return undefined
  }
}

// The text is ASCII; so read, it takes one byte a letter and is not decoded.
const script = new vm.Script(readFileSync(beside("server.cjs"), "latin1"), {
  filename: beside("server.cjs"),
  cachedData: codeCache()
})

script.runInThisContext()(require)

// For the build, which writes the cache.
module.exports = script
