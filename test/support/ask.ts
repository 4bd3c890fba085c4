/** One request with exactly the headers given: no cookie jar, no redirect followed, nothing added that a client library would. */
import { request } from 'node:http'
import { parse } from 'node-html-parser'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export type Asked = {
  readonly method?: string
  /** An array is name, value, name, value …: as many of one name as wanted. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[]
  readonly body?: string | Buffer
}

/** Status of a request that was cut off before its body was through: its answer may be lost on the way. */
export const CUT_OFF = 0

/** An answer that comes before the whole body was sent is an answer. */
export const ask = (url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let answered = false
    const named = headersOf(headers, body)
    const outgoing = request(url, { method, headers: named, agent: false }, (incoming) => {
      answered = true
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        outgoing.destroy()
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        })
      })
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (answered) return
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve({ status: CUT_OFF, headers: {}, text: '' })
      else reject(error)
    })
    outgoing.end(body)
  })

const headersOf = (headers: NonNullable<Asked['headers']>, body: Asked['body']) => {
  if (!Array.isArray(headers))
    return { ...headers, ...(body ? { 'content-length': String(Buffer.byteLength(body)) } : {}) }
  return [...headers, ...(body ? ['content-length', String(Buffer.byteLength(body))] : [])]
}

/** What a page loads by itself: scripts, styles, pictures, frames. Links and forms are not loaded. */
export const loadedBy = (text: string): string[] =>
  parse(text)
    .querySelectorAll('script, link, img, iframe, frame, embed, object, source, video, audio, use')
    .flatMap((element) => ['src', 'href', 'data', 'srcset'].map((name) => element.getAttribute(name)))
    .filter((address) => address !== undefined)

export const isPage = (answer: Answer): boolean => /^text\/html/.test(String(answer.headers['content-type']))
