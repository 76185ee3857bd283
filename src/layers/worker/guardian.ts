import * as Command from "@effect/platform/Command"
import type { CommandExecutor, Process } from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

/**
 * The shell program of the guardian. It reads the process groups that begin and end; when its input ends, because the worker was killed, it
 * ends those that are left. Agents that nobody waits for would go on beside those that get their steps next.
 */
const script = `
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% "$group" *} \${groups#* "$group" }" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group"; done 2>/dev/null
sleep 5
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null
`

/** Ends the process groups of programs if this process is killed. */
export interface Guardian {
  readonly guard: (process: Process) => Effect.Effect<void>
  readonly forget: (process: Process) => Effect.Effect<void>
}

/** Starts the guardian, which ends with the scope. Without a POSIX shell there is none. */
export const make = (executor: CommandExecutor) =>
  Effect.gen(function* () {
    const lines = yield* Queue.unbounded<string>()
    yield* executor
      .start(Command.make("sh", "-c", script).pipe(Command.stdin(Stream.encodeText(Stream.fromQueue(lines)))))
      .pipe(Effect.catchAll((error) => Effect.logWarning("programs outlive hq if it is killed", error)))
    const tell = (sign: string) => (process: Process) => Effect.asVoid(Queue.offer(lines, `${sign} ${process.pid}\n`))
    return { guard: tell("+"), forget: tell("-") } satisfies Guardian
  })
