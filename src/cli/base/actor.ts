import { userInfo } from "node:os"
import { AgentId } from "../../domain/Ids.ts"
import { canonicalName, shownText } from "../../domain/Names.ts"

/** Characters of a user's name that are kept. */
const maxName = 100

/** Who runs the command, as events name them: `human:<user>`. A user without a name goes by the number. */
export const actor = (): AgentId => {
  let user: string
  try {
    user = userInfo().username
  } catch {
    user = String(process.getuid?.())
  }
  return AgentId.make(canonicalName(`human:${shownText(user, maxName)}`))
}
