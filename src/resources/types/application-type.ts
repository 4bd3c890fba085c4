/**
 * Applications: services people open. Each holds its providers by name, each provider the settings of its kind, checked
 * by the schema of that kind. This file knows the contract of kinds and none of them by name.
 */
import type { JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { Closed, HttpUrl, type Issue, Line, SlugMap, type TSchema, Type } from '../../base/schema.ts'
import { Access } from '../../domain/applications/access.ts'
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { CompiledPolicy } from '../../domain/policies/policy.ts'
import type { CompiledApplication, CompiledProvider, Lookup, ProviderKind } from '../../kinds/contract/provider.ts'
import type { CompileContext, ResourceIdentity, ResourceType } from '../../kinds/contract/resource.ts'
import { type AnnotatedSchema, annotated, isObject, under } from '../schema/annotated-schema.ts'
import { lookupKey } from '../snapshot/compile-set.ts'
import { FlowSlugs } from './flow-slugs.ts'
import { keypairType } from './keypair-type.ts'
import { checkLaunchUrl } from './launch-url.ts'
import type { PolicyType } from './policy-type.ts'

/** A provider as it is kept: kind and version beside the kind's own settings. */
type ProviderSpec = JsonObject & { readonly kind: string; readonly version: number }

export type ApplicationSpec = {
  readonly name: string
  readonly launch_url?: string
  readonly description?: string
  readonly icon?: string
  readonly group?: string
  readonly hidden: boolean
  readonly access?: Access
  readonly providers: Readonly<Record<string, ProviderSpec>>
  readonly flows: FlowSlugs
}

/** What the snapshot holds of an application. `access` is null where every active internal person may. */
export type ServedApplication<CompiledAccess = unknown> = CompiledApplication & {
  readonly access: CompiledAccess | null
  readonly description: string | null
  readonly icon: string | null
  /** The heading it stands under in the portal. */
  readonly group: string | null
  /** Left out of the portal; it works all the same. */
  readonly hidden: boolean
  /** Which provider holds a unique key. */
  readonly holders: ReadonlyMap<string, string>
  readonly spec: ApplicationSpec
}

export type CompileAccess<CompiledAccess> = (
  access: Access,
  expression: CompileExpression,
  policy: (slug: string) => CompiledPolicy | undefined,
) => Result<CompiledAccess, Issue[]>

// What stands at these addresses below /application/o/ belongs to all applications (DESIGN §8).
const RESERVED = [
  'authorize',
  'token',
  'userinfo',
  'introspect',
  'revoke',
  'device',
  'par',
  'jwks',
  'register',
  'end-session',
  'check-session',
  'logout',
  'global',
]

export const applicationType = <CompiledAccess>(
  providerKinds: Iterable<ProviderKind>,
  compileAccess: CompileAccess<CompiledAccess>,
  policies: PolicyType,
): ResourceType<ApplicationSpec, ServedApplication<CompiledAccess>> => {
  const kinds = new Map([...providerKinds].map((kind) => [kind.id, kind]))
  return {
    type: 'applications',
    singular: 'application',
    schema: applicationSchema([...kinds.values()]),
    version: 1,
    read: 'applications.read',
    write: 'applications.write',
    reserved: RESERVED,
    upgradeParts: (spec) => upgradeProviders(spec, kinds),
    lookups: (spec) => providersOf(spec, kinds).flatMap(({ kind, settings }) => kind.lookups?.(settings) ?? []),
    compile: (spec, identity, context) =>
      compileApplication(spec, identity, context, { kinds, compileAccess, policies }),
  }
}

const applicationSchema = (kinds: readonly ProviderKind[]): TSchema =>
  Closed({
    name: Line({ minLength: 1, description: 'As people read it.' }),
    launch_url: Type.Optional(
      Type.String({
        maxLength: 2048,
        description: 'Where its tile leads. May hold %(username)s, %(email)s and %(name)s.',
        examples: ['https://cloud.example.com'],
      }),
    ),
    description: Type.Optional(Line({ description: 'One sentence for the portal.' })),
    icon: Type.Optional(HttpUrl({ description: 'Address of an image; loaded by the browser, never by the server.' })),
    group: Type.Optional(Line({ description: 'The heading it stands under in the portal.' })),
    hidden: Type.Boolean({ default: false, description: 'Left out of the portal; it works all the same.' }),
    access: Type.Optional(Access),
    providers: SlugMap(Type.Union(kinds.map(providerSchema), { 'x-discriminator': 'kind' }), {
      default: {},
      description: 'The protocols it speaks, by name. The name is the kind unless `kind` says otherwise.',
    }),
    flows: Type.Object(FlowSlugs.properties, { additionalProperties: false, default: {} }),
  })

/** The kind's own schema with `kind` and `version` beside its settings. */
const providerSchema = (kind: ProviderKind): TSchema => {
  const config = annotated(kind.config)
  const own = Closed({
    kind: Type.Literal(kind.id, { default: kind.id, description: 'The protocol; left out, the name says it.' }),
    version: Type.Integer({ minimum: 1, default: 1, description: 'Version of the settings; older ones are upgraded.' }),
  })
  const merged: AnnotatedSchema = {
    ...config,
    properties: { ...annotated(own).properties, ...config.properties },
    required: [...(config.required ?? [])],
  }
  return { title: kind.id, ...merged } as TSchema
}

type ReadProvider = { readonly name: string; readonly kind: ProviderKind; readonly settings: JsonObject }

/** Each provider with its kind; the spec was checked, so the kind is known. */
const providersOf = (spec: ApplicationSpec, kinds: ReadonlyMap<string, ProviderKind>): ReadProvider[] =>
  Object.entries(spec.providers).flatMap(([name, { kind: id, version: _, ...settings }]) => {
    const kind = kinds.get(id)
    return kind ? [{ name, kind, settings }] : []
  })

/** Settings of an older version of their kind are brought up to date; what is not even a map is left to the check. */
const upgradeProviders = (spec: JsonObject, kinds: ReadonlyMap<string, ProviderKind>): JsonObject => {
  if (!isObject(spec.providers)) return spec
  const providers = Object.entries(spec.providers).map(([name, provider]) => {
    if (!isObject(provider)) return [name, provider] as const
    const kind = kinds.get(typeof provider.kind === 'string' ? provider.kind : name)
    const { kind: id, version = 1, ...settings } = provider
    if (!kind || typeof version !== 'number' || version >= kind.version) return [name, provider] as const
    const current = kind.upgrade?.(settings, version) ?? settings
    return [name, { ...(id === undefined ? {} : { kind: id }), version: kind.version, ...current }] as const
  })
  return { ...spec, providers: Object.fromEntries(providers) }
}

type Over<CompiledAccess> = {
  readonly kinds: ReadonlyMap<string, ProviderKind>
  readonly compileAccess: CompileAccess<CompiledAccess>
  readonly policies: PolicyType
}

const compileApplication = <CompiledAccess>(
  spec: ApplicationSpec,
  identity: ResourceIdentity,
  context: CompileContext,
  { kinds, compileAccess, policies }: Over<CompiledAccess>,
): Result<ServedApplication<CompiledAccess>, Issue[]> => {
  const issues: Issue[] = []
  const collect = <T>(prefix: string, result: Result<T, Issue[]>): T | null => {
    if (result.ok) return result.value
    issues.push(...result.error.map((issue) => ({ ...issue, path: under(prefix, issue.path) })))
    return null
  }
  const launchUrl = spec.launch_url === undefined ? null : checkLaunchUrl(spec.launch_url)
  if (launchUrl) issues.push({ path: 'launch_url', message: launchUrl })
  const policy = (slug: string) => context.get(policies, slug)
  const access = spec.access ? collect('access', compileAccess(spec.access, context.expression, policy)) : null
  const providers = new Map<string, CompiledProvider>()
  const holders = new Map<string, string>()
  const firsts = new Map<ProviderKind, string>()
  for (const { name, kind, settings } of providersOf(spec, kinds)) {
    const first = firsts.get(kind)
    if (first === undefined) firsts.set(kind, name)
    else if (kind.onlyOne) issues.push({ path: `providers.${name}`, message: kind.onlyOne(first) })
    const compiled = collect(
      `providers.${name}`,
      kind.compile(settings, {
        application: identity.slug,
        expression: context.expression,
        secret: context.secret,
        hasKeypair: (slug) => context.get(keypairType, slug) !== undefined,
      }),
    )
    issues.push(...newerThanKnown(spec, name, kind))
    if (compiled !== null) providers.set(name, { application: identity.slug, name, kind, compiled })
    for (const key of kind.lookups?.(settings) ?? []) issues.push(...hold(holders, key, name))
  }
  if (issues.length > 0) return err(issues)
  return ok({
    id: identity.id,
    slug: identity.slug,
    name: spec.name,
    launchUrl: spec.launch_url ?? null,
    organisation: identity.organisation,
    providers,
    flows: spec.flows,
    access,
    description: spec.description ?? null,
    icon: spec.icon ?? null,
    group: spec.group ?? null,
    hidden: spec.hidden,
    holders,
    spec,
  })
}

const newerThanKnown = (spec: ApplicationSpec, name: string, kind: ProviderKind): Issue[] => {
  const version = spec.providers[name]?.version ?? 1
  if (version <= kind.version) return []
  return [{ path: `providers.${name}.version`, message: `is newer than this one knows (${kind.version})` }]
}

/** Notes who holds a key; two providers of one application cannot hold the same. */
const hold = (holders: Map<string, string>, { kind, key }: Lookup, name: string): Issue[] => {
  const held = lookupKey(kind, key)
  const other = holders.get(held)
  holders.set(held, name)
  if (other === undefined) return []
  return [{ path: `providers.${name}`, message: `${kind} "${key}" stands at provider "${other}" already` }]
}
