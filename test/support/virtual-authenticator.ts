/** Chromium's own authenticator for tests (CDP, domain WebAuthn): a browser's half of a passkey, without a finger. */
import type { CDPSession, Page } from 'playwright-core'

export type VirtualAuthenticator = {
  /** Ids of what it holds, base64. */
  held(): Promise<readonly { readonly credentialId: string; readonly isResidentCredential: boolean }[]>
  /** Whether somebody is there and touches it. */
  touched(yes: boolean): Promise<void>
  verifies(yes: boolean): Promise<void>
  remove(): Promise<void>
}

/** `passkey`: built in, finds people, checks them. `key`: plugged in, finds nobody, checks nobody. */
export const virtualAuthenticator = async (page: Page, kind: 'passkey' | 'key'): Promise<VirtualAuthenticator> => {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: kind === 'passkey' ? 'internal' : 'usb',
      hasResidentKey: kind === 'passkey',
      hasUserVerification: kind === 'passkey',
      isUserVerified: kind === 'passkey',
      automaticPresenceSimulation: true,
    },
  })
  return {
    held: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    touched: async (enabled) => {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    verifies: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}
