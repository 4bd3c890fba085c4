/** Every kind there is, a line each. Adding one is a folder and its line here, and touches nothing else. */
import { recoveryCodes } from './authenticators/recovery-codes/index.ts'
import { totp } from './authenticators/totp/index.ts'
import type { AuthenticatorKind } from './contract/authenticator.ts'
import type { ProviderKind } from './contract/provider.ts'
import type { StageKind } from './contract/stage.ts'
import { oidc } from './providers/oidc/index.ts'
import { authenticatorSetup } from './stages/authenticator-setup/index.ts'
import { authenticatorValidate } from './stages/authenticator-validate/index.ts'
import { consent } from './stages/consent/index.ts'
import { deny } from './stages/deny/index.ts'
import { email } from './stages/email/index.ts'
import { firstRun } from './stages/first-run/index.ts'
import { identification } from './stages/identification/index.ts'
import { message } from './stages/message/index.ts'
import { newPassword } from './stages/new-password/index.ts'
import { password } from './stages/password/index.ts'
import { prompt } from './stages/prompt/index.ts'
import { redirect } from './stages/redirect/index.ts'
import { userLogin } from './stages/user-login/index.ts'
import { userLogout } from './stages/user-logout/index.ts'
import { userWrite } from './stages/user-write/index.ts'

export const authenticatorKinds: readonly AuthenticatorKind[] = [totp, recoveryCodes]

export const stageKinds: readonly StageKind[] = [
  authenticatorSetup(authenticatorKinds),
  authenticatorValidate(authenticatorKinds),
  consent,
  deny,
  email,
  firstRun,
  identification,
  message,
  newPassword,
  password,
  prompt,
  redirect,
  userLogin,
  userLogout,
  userWrite,
]

export const providerKinds: readonly ProviderKind[] = [oidc]
