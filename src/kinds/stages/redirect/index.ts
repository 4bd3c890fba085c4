/**
 * Leaves the flow for where an administrator wrote down; never for an address that came with a request (H13). To
 * another site it leads by a link: after a form, Chromium holds redirects to the page's `form-action`, which does not
 * name that site.
 */
import { leadsTo } from '../../contract/fact.ts'
import type { StageAsk, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { RedirectConfig } from './config.ts'
import { page } from './page.ts'

type Context = StageContext<RedirectConfig>

const isPath = (target: string): boolean => target.startsWith('/')

export const redirect = {
  id: 'redirect',
  config: RedirectConfig,
  version: 1,
  outcomes: ['ok'],
  predict: ({ config }) => ({
    outcomes: ['ok'],
    needsPerson: config.mode === 'static' && !isPath(config.target_static),
    reads: [],
  }),
  foresee: ({ config }) =>
    config.mode === 'flow' && config.target_flow === undefined
      ? { ends: [{ outcome: 'ok' }] }
      : { ends: [], because: 'is led out of the flow' },
  open: async (context) => go(context),
  page,
} satisfies StageKind<RedirectConfig, 'ok'>

const go = ({ config, facts }: Context): StageAsk | StageEnd<'ok'> => {
  if (config.mode === 'flow') {
    const next = facts.get(leadsTo)
    if (config.target_flow === undefined) return { end: 'ok' }
    const query = next === undefined ? '' : `?next=${encodeURIComponent(next)}`
    return { end: 'ok', leave: `/if/flow/${config.target_flow}/${query}` }
  }
  if (isPath(config.target_static)) return { end: 'ok', leave: config.target_static }
  return { ask: { url: config.target_static, host: new URL(config.target_static).host } }
}
