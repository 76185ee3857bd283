import * as Args from "@effect/cli/Args"
import type * as Option from "effect/Option"

/** The name of a project, which may be left out. @param otherwise what is meant then */
export const optionalProject = (otherwise: string): Args.Args<Option.Option<string>> =>
  Args.text({ name: "project" }).pipe(Args.withDescription(`Its name; default: ${otherwise}`), Args.optional)

export const openProjects = "all that are active or paused"
