/** Load: so many requests in flight, over connections that stay open, for a time or until the bodies are used up. */
import { Agent, type IncomingMessage, request } from 'node:http'

export type Shot = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What is a right answer; anything else ends the measurement. */
  readonly status: number
}

export type Burst = {
  readonly shot: Shot
  readonly inFlight: number
  /** How long; or how many, where each answer is a row to be used once. */
  readonly until: { readonly milliseconds: number } | { readonly count: number }
  /** Sent in place of the shot's body, each once; the burst ends with the last. */
  readonly bodies?: readonly string[]
  /** Gives the addresses that the answers led to. */
  readonly keepLocations?: boolean
}

export type Measured = {
  readonly count: number
  readonly seconds: number
  /** In milliseconds. */
  readonly p99: number
  readonly locations: readonly string[]
}

const fire = (agent: Agent, { method, url, headers = {}, status }: Shot, body: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options = { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }
    const outgoing = request(url, options, (answer) => {
      if (answer.statusCode !== status) reject(new Error(`${method} ${url} answered ${answer.statusCode}`))
      answer
        .on('end', () => resolve(answer))
        .on('error', reject)
        .resume()
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

export const percentile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}

export const load = async ({ shot, inFlight, until, bodies, keepLocations = false }: Burst): Promise<Measured> => {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const latencies: number[] = []
  const locations: string[] = []
  const began = performance.now()
  const most = bodies?.length ?? ('count' in until ? until.count : Number.POSITIVE_INFINITY)
  const longest = 'milliseconds' in until ? until.milliseconds : Number.POSITIVE_INFINITY
  let taken = 0
  const lane = async (): Promise<void> => {
    for (let start = began; start - began < longest && taken < most; ) {
      taken += 1
      start = performance.now()
      const answer = await fire(agent, shot, bodies?.[taken - 1] ?? shot.body ?? '')
      latencies.push(performance.now() - start)
      if (keepLocations) locations.push(answer.headers.location ?? '')
    }
  }
  try {
    await Promise.all(Array.from({ length: inFlight }, lane))
  } finally {
    agent.destroy()
  }
  const seconds = (performance.now() - began) / 1000
  return { count: latencies.length, seconds, p99: percentile(latencies, 0.99), locations }
}
