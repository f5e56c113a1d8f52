import type { Job } from './service-job.ts'

/** Requests in the order in which they came, each in one list at a time: joining, and leaving from anywhere, change two links. */
export class JobList {
  first: Job | undefined = undefined
  last: Job | undefined = undefined
  size = 0

  join(job: Job): void {
    job.list = this
    job.before = this.last
    if (this.last === undefined) this.first = job
    else this.last.after = job
    this.last = job
    this.size++
  }

  leave(job: Job): void {
    const { before, after } = job
    if (before === undefined) this.first = after
    else before.after = after
    if (after === undefined) this.last = before
    else after.before = before
    job.before = job.after = job.list = undefined
    this.size--
  }
}
