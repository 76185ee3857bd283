#!/usr/bin/env node
const { createHash } = require("node:crypto")
const { readFileSync, statSync } = require("node:fs")
const { join } = require("node:path")
const v8 = require("node:v8")
const vm = require("node:vm")

/*
 * Starts the program beside this file with the code that V8 compiled at build time, because compiling takes longer than all the rest of
 * the start: the server if there are no arguments, else the command line. It is CommonJS, because that loads faster.
 */
const name = process.argv.length > 2 ? "cli" : "server"

// Keep the server's space for young objects at its initial size. A call needs little memory, and each agent has its own server.
if (name === "server") v8.setFlagsFromString("--semi-space-growth-factor=1")

const beside = (name) => join(__dirname, name)

// The text is ASCII. Read as latin1, it is not decoded and takes one byte a character.
const text = readFileSync(beside(`${name}.cjs`), "latin1")

/**
 * Returns a hash of the Node.js binary, the program's text and the cache. V8 hardly checks a cache: one of another Node.js release may
 * crash it, and one of another text of the same length runs instead of the text. So a cache is used only if its seal is right.
 */
const seal = (cache) => {
  const { mtimeMs, size } = statSync(process.execPath)
  const node = `${process.version} ${process.arch} ${process.execPath} ${size} ${mtimeMs}`
  return createHash("sha1").update(node).update(text, "latin1").update(cache).digest()
}

const codeCache = () => {
  try {
    const file = readFileSync(beside(`${name}.cache`))
    const cache = file.subarray(20)
    return seal(cache).equals(file.subarray(0, 20)) ? cache : undefined
  } catch {
    return undefined
  }
}

const script = new vm.Script(text, { filename: beside(`${name}.cjs`), cachedData: codeCache() })

try {
  script.runInThisContext()(require)
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND" || !/'better-sqlite3'/.test(error.message)) throw error
  process.stderr.write(
    "hq: the SQLite driver better-sqlite3 is not installed: run `npm install` where hq is installed\n"
  )
  process.exitCode = 1
}

// The build uses these to write the cache.
module.exports = { name, script, seal }
