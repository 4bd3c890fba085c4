/** What the kernel says of a process: CPU used, memory held; and on which cores it may run. Linux only. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds of CPU that all threads of a process have used, to the nanosecond: `stat` counts in ticks of ten ms. */
export const cpuOf = (pid: number): number => {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1000
}

/** Resident memory in megabytes. */
export const residentOf = (pid: number): number =>
  (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024) / 1e6

/** Keeps a process on these cores, as `taskset` writes them (`0`, `0-3`); tells whether that could be done. */
export const pin = (pid: number, cores: string): boolean =>
  spawnSync('taskset', ['-apc', cores, String(pid)], { stdio: 'ignore' }).status === 0
