/** The house that the journeys walk through, whatever serves it: one server, or several behind a front. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { watchRequests } from '../support/browser.ts'
import type { Chance } from '../support/chance.ts'
import { type ClientApp, openClientApp } from './client-app.ts'
import { openTab, type Person, type Tab } from './tab.ts'

/** Two applications: the wiki asks no consent, the forum asks for it and remembers a yes. */
export type Applications = {
  readonly wiki: ClientApp
  readonly forum: ClientApp
  listenTo(url: string): void
  close(): Promise<void>
}

export type House = {
  /** Where browsers find it. */
  readonly url: string
  readonly browser: Browser
  readonly applications: Applications
  /** Where servers may die: how people choose between the ways to try again. Else nothing may fail at all. */
  readonly patience: Chance | null
}

/** What one journey has: a person of its own, so that none disturbs another's sessions and consents. */
export type Scene = {
  readonly house: House
  newBrowser(options?: BrowserContextOptions): Promise<{ newTab(): Promise<Tab> }>
  newTab(): Promise<Tab>
}

const client = (slug: string) => ({ id: slug, secret: `${slug}-secret`, slug })

export const openApplications = async (): Promise<Applications> => {
  const wiki = await openClientApp(client('wiki'))
  const forum = await openClientApp(client('forum'))
  return {
    wiki,
    forum,
    listenTo: (url) => {
      for (const app of [wiki, forum]) app.listenTo(url)
    },
    close: async () => {
      await Promise.all([wiki.close(), forum.close()])
    },
  }
}

const PASSWORD = 'a quiet long passphrase'

/** The people are called `ana1` and so on. */
export const personOf = (number: number): Person => ({ username: `ana${number}`, password: PASSWORD })

export const configOf = ({ wiki, forum }: Applications, people: number): string => `
users:
${Array.from({ length: people }, (_, number) => `  ana${number}: { name: Ana Example, email: ana${number}@example.com, password: { value: ${PASSWORD} } }`).join('\n')}
applications:
${application(wiki, 'wiki', 'implicit')}
${application(forum, 'forum', 'remember')}
`

const application = (app: ClientApp, slug: string, consent: string): string => `
  ${slug}:
    name: ${slug}
    launch_url: ${app.url}/
    providers:
      oidc:
        client_id: ${slug}
        client_secret: { value: ${slug}-secret }
        redirect_uris: [${app.callback}]
        post_logout_redirect_uris: [${app.url}/bye]
        consent: { mode: ${consent} }`

/** Opens the scene of one journey. What its pages complain of fails the test, a dead server's cuts aside. */
export const openScene = (context: Pick<TestContext, 'after'>, house: House, person: Person): Scene => {
  const newBrowser = async (options: BrowserContextOptions = {}) => {
    const visit = await house.browser.newContext(options)
    const faults: string[] = []
    context.after(async () => {
      await visit.close()
      assert.deepEqual(faults, [])
    })
    return {
      newTab: async (): Promise<Tab> => {
        const page = await visit.newPage()
        page.on('pageerror', (error) => faults.push(String(error)))
        if (!house.patience) watchRequests(page, faults)
        // A refused form is answered with a status of its own, which Chromium writes down as an error.
        const expected = house.patience
          ? /Failed to load resource|status of (400|403|409|410|422|502)/
          : /status of (400|403|409|410|422)/
        page.on('console', (message) => {
          if (message.type() === 'error' && !expected.test(message.text())) faults.push(message.text())
        })
        return openTab(page, person, house.patience)
      },
    }
  }
  return { house, newBrowser, newTab: async () => (await newBrowser()).newTab() }
}
