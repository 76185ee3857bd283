import type { Analytics } from "./Analytics.ts"
import type { Changes } from "./Changes.ts"
import type { ClaimMemory } from "./ClaimMemory.ts"
import type { Completions } from "./Completions.ts"
import type { Leases } from "./Leases.ts"
import type { Overview } from "./Overview.ts"
import type { Projects } from "./Projects.ts"
import type { Recovery } from "./Recovery.ts"
import type { Session } from "./Session.ts"
import type { Steps } from "./Steps.ts"
import type { Transfer } from "./Transfer.ts"

/** Every service that Coordination provides to a host. */
export type Coordination =
  | Projects
  | Steps
  | Recovery
  | Analytics
  | Overview
  | Leases
  | ClaimMemory
  | Session
  | Changes
  | Completions
  | Transfer
