/**
 * A connection of its own that hears PostgreSQL's notifications and comes back after it was lost. What was told while
 * it was away is not told again: whoever listens must ask the store once it is back.
 */
import { Client } from 'pg'

export type Listener = { readonly alive: boolean; close(): Promise<void> }

const SOONEST_MS = 100
const LATEST_MS = 5_000

export const listen = async (
  url: string,
  channel: string,
  heard: (payload: string) => void,
  back: () => void,
): Promise<Listener> => {
  let client: Client | null = null
  let timer: NodeJS.Timeout | undefined
  let wait = SOONEST_MS
  let closed = false

  const lost = (which: Client): void => {
    if (which !== client) return
    client = null
    again()
  }

  const again = (): void => {
    if (closed) return
    timer = setTimeout(() => {
      connect().catch(again)
    }, wait)
    timer.unref()
    wait = Math.min(wait * 2, LATEST_MS)
  }

  const connect = async (): Promise<void> => {
    const made = new Client({
      connectionString: url,
      application_name: 'gatehouse changes',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    made.on('error', () => lost(made))
    made.on('end', () => lost(made))
    made.on('notification', (message) => heard(message.payload ?? ''))
    try {
      await made.connect()
      await made.query(`listen "${channel}"`)
    } catch (error) {
      made.end().catch(() => {})
      throw error
    }
    if (closed) return made.end()
    client = made
    wait = SOONEST_MS
    back()
  }

  await connect()
  return {
    get alive() {
      return client !== null
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      const open = client
      client = null
      await open?.end()
    },
  }
}
