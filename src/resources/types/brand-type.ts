/** Brands: how the house looks and which flows serve, by the host that was asked for. Only their hosts are answered. */
import { ok } from '../../base/result.ts'
import { Closed, HttpUrl, Line, type Static, Type } from '../../base/schema.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { FlowSlugs } from './flow-slugs.ts'

// A host as it stands in an address: no scheme, no path; a port only where it is not the scheme's own.
const HOST =
  '^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?::[0-9]{1,5})?$'

const HOST_NAME = '^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$'

export const BrandSpec = Closed({
  title: Line({ default: 'Gatehouse', minLength: 1, description: 'The name at the head of every page.' }),
  domains: Type.Array(Type.String({ pattern: HOST, maxLength: 260 }), {
    default: [],
    uniqueItems: true,
    description: 'Hosts that this brand answers at, beside the public address.',
    examples: [['auth.example.org']],
  }),
  logo: Type.Optional(
    HttpUrl({
      description:
        'Address of an image; loaded by the browser, never by the server. Pages show pictures of its origin and no other.',
    }),
  ),
  rp_id: Type.Optional(
    Type.String({
      pattern: HOST_NAME,
      maxLength: 253,
      description:
        'The domain that passkeys made at this brand belong to. Left out: the public host for it and the hosts below, else the host itself. Passkeys answer to the domain they were made for, and to no other.',
      examples: ['example.com'],
    }),
  ),
  locale: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$',
      description: 'The language where the browser asks for none we have.',
    }),
  ),
  flows: Type.Object(FlowSlugs.properties, { additionalProperties: false, default: {} }),
  default: Type.Boolean({ default: false, description: 'Serves every host that no other brand names.' }),
})
export type BrandSpec = Static<typeof BrandSpec>

export type Brand = {
  readonly slug: string
  readonly title: string
  /** In lower case, as the lookup `host` has them. */
  readonly domains: readonly string[]
  readonly logo: string | null
  /** Of passkeys; null where it follows from the addresses. */
  readonly rpId: string | null
  readonly locale: string | null
  readonly flows: FlowSlugs
  readonly default: boolean
}

export const brandType: ResourceType<BrandSpec, Brand> = {
  type: 'brands',
  singular: 'brand',
  schema: BrandSpec,
  version: 1,
  read: 'brands.read',
  write: 'brands.write',
  lookups: (spec) => [
    ...hosts(spec).map((key) => ({ kind: 'host', key })),
    // A unique key makes the second default a conflict.
    ...(spec.default ? [{ kind: 'brand', key: 'default' }] : []),
  ],
  compile: (spec, { slug }) =>
    ok({
      slug,
      title: spec.title,
      domains: hosts(spec),
      logo: spec.logo ?? null,
      rpId: spec.rp_id ?? null,
      locale: spec.locale ?? null,
      flows: spec.flows,
      default: spec.default,
    }),
}

const hosts = (spec: BrandSpec): string[] => [...new Set(spec.domains.map((domain) => domain.toLowerCase()))]
