/** Debian's Chromium, for what only a browser can show. Null where it cannot be had (see `apt.ts`). */
import { type Browser, chromium, type Page } from 'playwright-core'
import { ensureApt } from './apt.ts'

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const openBrowser = async (): Promise<Browser | null> =>
  ensureApt(['chromium', 'fonts-noto-core'])
    ? chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET })
    : null

/** Notes requests that fail. Moving on gives up what the last page was still loading, such as its icon: no fault. */
export const watchRequests = (page: Page, faults: string[]): void => {
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') faults.push(`${request.url()} ${why}`)
  })
}
