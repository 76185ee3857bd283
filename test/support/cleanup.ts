/* What tests leave behind, ended by setup.ts after the tests of each file. */

const jobs: Array<() => unknown> = []

/** Runs the job after the tests of the file. */
export const atEnd = (job: () => unknown): void => void jobs.push(job)

export const cleanUp = async (): Promise<void> => {
  await Promise.all(jobs.splice(0).map((job) => job()))
}
