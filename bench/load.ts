/** Load: so many requests in flight for so long, over connections that stay open. Latencies in milliseconds. */
import { Agent, request } from 'node:http'

export type Shot = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What is a right answer; anything else ends the measurement. */
  readonly status: number
}

export type Measured = { readonly perSecond: number; readonly median: number; readonly p99: number }

const fire = (agent: Agent, { method, url, headers = {}, body, status }: Shot): Promise<void> =>
  new Promise((resolve, reject) => {
    const shot = request(
      url,
      { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body ?? '') } },
      (answer) => {
        if (answer.statusCode !== status) reject(new Error(`${method} ${url} answered ${answer.statusCode}`))
        answer.on('end', resolve).on('error', reject).resume()
      },
    )
    shot.on('error', reject)
    shot.end(body)
  })

const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

export const load = async (shot: Shot, inFlight: number, milliseconds: number): Promise<Measured> => {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const latencies: number[] = []
  const began = performance.now()
  const lane = async (): Promise<void> => {
    for (let start = performance.now(); start - began < milliseconds; start = performance.now()) {
      await fire(agent, shot)
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  const seconds = (performance.now() - began) / 1000
  agent.destroy()
  latencies.sort((a, b) => a - b)
  return { perSecond: latencies.length / seconds, median: at(latencies, 0.5), p99: at(latencies, 0.99) }
}
