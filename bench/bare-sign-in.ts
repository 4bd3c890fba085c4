/**
 * The floor of a password sign-in: a bare `node:http` server that answers the six requests of one with as many bytes,
 * checks the password, and does nothing else. What it needs beyond the check is what requests cost while hashes run.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hash, verify } from '@node-rs/argon2'
import { DEFAULT_COST } from '../src/domain/credentials/password-hasher.ts'

const [password = '', callback = ''] = process.argv.slice(2)
const { memory, passes, lanes } = DEFAULT_COST
const stored = await hash(password, { memoryCost: memory, timeCost: passes, parallelism: lanes })

// As long as the pages of the shipped sign-in.
const LENGTH = { username: 4760, password: 5675 }
const page = (field: keyof typeof LENGTH): string =>
  `<!doctype html><form method="post"><input name="${field}"></form>`.padEnd(LENGTH[field])

const read = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

const server = createServer(async (request, response) => {
  const { method, url = '', headers } = request
  const has = (cookie: string): boolean => headers.cookie?.includes(cookie) ?? false
  const to = (location: string, cookie?: string): void => {
    response.writeHead(303, { location, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) }).end()
  }
  if (url.startsWith('/application/')) return to(has('session=') ? `${callback}?code=x` : '/if/flow/sign-in/')
  if (method === 'GET') {
    const body = page(has('named=') ? 'password' : 'username')
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': body.length }).end(body)
    return
  }
  const typed = new URLSearchParams(await read(request)).get('password')
  if (typed === null) return to('/if/flow/sign-in/', 'named=1')
  if (await verify(stored, typed)) return to('/application/o/authorize/', 'session=1')
  response.writeHead(403).end()
})
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`))
