/**
 * The baseline: a bare `node:http` server that reads what it is sent and answers one body, given as its first argument;
 * the second is its port. Plain JavaScript, so that its start is Node's and nothing else.
 */
import { createServer } from 'node:http'

const [body = '', port = '0'] = process.argv.slice(2)
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
const server = createServer((request, response) => {
  request.on('end', () => response.writeHead(200, headers).end(body)).resume()
})
server.listen(Number(port), '127.0.0.1', () => {
  const at = server.address()
  console.log(`ready ${at !== null && typeof at === 'object' ? at.port : ''}`)
})
