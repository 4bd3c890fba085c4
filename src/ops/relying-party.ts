/**
 * Whom passkeys are made for at each of our addresses: decided by the public address and the brand that serves, so that no
 * header can make one for somebody else.
 */
import type { InstanceFacts } from '../core/instance.ts'
import type { RelyingParty } from '../kinds/contract/authenticator.ts'
import { rpIdOf } from '../protocol/webauthn/relying-party.ts'

type Brand = { readonly title: string; readonly rpId: string | null; readonly domains: readonly string[] }

/** The brands as they stand. */
export type Brands = { at(origin: string): Brand | undefined; all(): Iterable<Brand> }

export const createRelyingParty =
  (deps: {
    readonly instance: () => InstanceFacts | Promise<InstanceFacts>
    /** Of the environment; it wins over what the first run proved. */
    readonly publicUrl: string | null
    readonly brands: () => Brands
  }) =>
  async (origin: string): Promise<RelyingParty> => {
    const publicUrl = deps.publicUrl ?? (await deps.instance()).publicUrl ?? origin
    return relyingPartyAt(origin, publicUrl, deps.brands())
  }

export const relyingPartyAt = (origin: string, publicUrl: string, brands: Brands): RelyingParty => {
  const idAt = (address: string): string =>
    rpIdOf(address, { brand: brands.at(address)?.rpId ?? null, publicHost: new URL(publicUrl).hostname })
  return {
    id: idAt(origin),
    name: brands.at(origin)?.title ?? 'Gatehouse',
    // Asked for seldom: only where what somebody has does not answer here.
    others: () =>
      addressesOf(publicUrl, brands)
        .filter((address) => address !== origin)
        .map((address) => ({ origin: address, id: idAt(address) })),
  }
}

/** Every address that is answered; those of brands by the scheme of the public one. */
const addressesOf = (publicUrl: string, brands: Brands): readonly string[] => {
  const { origin, protocol } = new URL(publicUrl)
  const domains = [...brands.all()].flatMap((brand) => brand.domains)
  return [origin, ...domains.map((domain) => new URL(`${protocol}//${domain}`).origin)]
}
