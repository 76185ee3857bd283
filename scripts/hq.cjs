#!/usr/bin/env node
const { createHash } = require("node:crypto")
const { readFileSync, statSync } = require("node:fs")
const { join } = require("node:path")
const v8 = require("node:v8")
const vm = require("node:vm")

/*
 * Starts the server, which lies beside this file, together with what V8 made of its text at build time: compiling it anew would take
 * longer than all the rest. CommonJS, because it loads sooner.
 */

// Space for young objects stays as small as it is at the start: a call needs little, and there are as many servers as agents.
v8.setFlagsFromString("--semi-space-growth-factor=1")

const beside = (name) => join(__dirname, name)

// The text is ASCII; so read, it takes one byte a letter and is not decoded.
const text = readFileSync(beside("server.cjs"), "latin1")

/**
 * V8 does not look closely at what it is given: a cache of another Node, even of another patch release, may crash it, and that of another
 * text of the same length is run in its place. So a cache counts only with the binary, the text and the bytes that it was sealed with.
 */
const seal = (cache) => {
  const { mtimeMs, size } = statSync(process.execPath)
  const node = `${process.version} ${process.arch} ${process.execPath} ${size} ${mtimeMs}`
  return createHash("sha1").update(node).update(text, "latin1").update(cache).digest()
}

const codeCache = () => {
  try {
    const file = readFileSync(beside("server.cache"))
    const cache = file.subarray(20)
    return seal(cache).equals(file.subarray(0, 20)) ? cache : undefined
  } catch {
    return undefined
  }
}

const script = new vm.Script(text, { filename: beside("server.cjs"), cachedData: codeCache() })

script.runInThisContext()(require)

// For the build, which writes the cache.
module.exports = { script, seal }
