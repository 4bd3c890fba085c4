/** Every kind there is, a line each. Adding one is a folder and its line here, and touches nothing else. */
import { emailCode } from './authenticators/email/index.ts'
import { recoveryCodes } from './authenticators/recovery-codes/index.ts'
import { totp } from './authenticators/totp/index.ts'
import { webauthn } from './authenticators/webauthn/index.ts'
import type { AuthenticatorKind } from './contract/authenticator.ts'
import type { PolicyKind } from './contract/policy.ts'
import type { ProviderKind } from './contract/provider.ts'
import type { StageKind } from './contract/stage.ts'
import { expression } from './policies/expression/index.ts'
import { knownDevice } from './policies/known-device/index.ts'
import { network } from './policies/network/index.ts'
import { reputation } from './policies/reputation/index.ts'
import { timeWindow } from './policies/time-window/index.ts'
import { oidc } from './providers/oidc/index.ts'
import { authenticatorSetup } from './stages/authenticator-setup/index.ts'
import { authenticatorValidate } from './stages/authenticator-validate/index.ts'
import { consent } from './stages/consent/index.ts'
import { deny } from './stages/deny/index.ts'
import { email } from './stages/email/index.ts'
import { firstRun } from './stages/first-run/index.ts'
import { identification } from './stages/identification/index.ts'
import { invitation } from './stages/invitation/index.ts'
import { message } from './stages/message/index.ts'
import { newPassword } from './stages/new-password/index.ts'
import { password } from './stages/password/index.ts'
import { prompt } from './stages/prompt/index.ts'
import { redirect } from './stages/redirect/index.ts'
import { terms } from './stages/terms/index.ts'
import { userDelete } from './stages/user-delete/index.ts'
import { userEmail } from './stages/user-email/index.ts'
import { userLogin } from './stages/user-login/index.ts'
import { userLogout } from './stages/user-logout/index.ts'
import { userWrite } from './stages/user-write/index.ts'

export const authenticatorKinds: readonly AuthenticatorKind[] = [webauthn, totp, emailCode, recoveryCodes]

export const stageKinds: readonly StageKind[] = [
  authenticatorSetup(authenticatorKinds),
  authenticatorValidate(authenticatorKinds),
  consent,
  deny,
  email,
  firstRun,
  identification(authenticatorKinds),
  invitation,
  message,
  newPassword,
  password,
  prompt,
  redirect,
  terms,
  userDelete,
  userEmail,
  userLogin,
  userLogout,
  userWrite,
]

export const policyKinds: readonly PolicyKind[] = [expression, knownDevice, network, reputation, timeWindow]

export const providerKinds: readonly ProviderKind[] = [oidc]
