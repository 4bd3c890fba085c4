/** `gatehouse healthcheck`: asks the server of this machine whether it is ready; for containers. */
import { request } from 'node:http'
import { readConfig } from '../ops/config.ts'
import type { Command } from './command.ts'

const PATIENCE = 5_000

export const healthcheck: Command = {
  name: 'healthcheck',
  usage: '',
  summary: 'ask the server of this machine whether it is ready',
  run: async (_args, out) => {
    const config = readConfig()
    if (!config.ok) {
      out.error(config.error.message)
      return 1
    }
    const { http } = config.value.listen
    if (!http) {
      out.error('The HTTP listener is off; nothing can be asked.')
      return 1
    }
    const host = ['::', '0.0.0.0'].includes(http.host) ? '127.0.0.1' : http.host
    const status = await ask(host, http.port)
    if (status === 200) return 0
    out.error(status === 0 ? 'The server does not answer.' : `The server answers ${status}.`)
    return 1
  },
}

const ask = (host: string, port: number): Promise<number> =>
  new Promise((resolve) => {
    const asked = request({ host, port, path: '/-/health/ready/', timeout: PATIENCE }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(0))
    asked.end()
  })
