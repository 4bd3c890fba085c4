/** What a node of a flow can end in as it is set, and which of these ends say that something was proven. */
import type { StageKind } from '../kinds/contract/stage.ts'
import type { CompiledNode } from './compiled-flow.ts'

export const nodeOutcomes = ({ kind, settings }: Pick<CompiledNode, 'kind' | 'settings'>): readonly string[] =>
  kind.outcomesOf?.(settings) ?? kind.outcomes

const BY_OK = ['ok'] as const

/** Setting up an authenticator of one's own choice proves nothing about who one is. */
export const provenBy = (kind: Pick<StageKind, 'proves' | 'provenBy' | 'needsProof'>): readonly string[] =>
  kind.proves !== true || kind.needsProof === true ? [] : (kind.provenBy ?? BY_OK)
