// Speaks to passkeys for a form: asks the browser what the page says, and sends what it answers.
{
  const part = document.querySelector('[data-passkey]')
  const act = part?.dataset.passkey
  const form = part?.closest('form')
  const answer = part?.querySelector('input')
  const credentials = typeof PublicKeyCredential === 'function' ? navigator.credentials : null
  const use = form?.querySelector('[data-passkey-use]')
  let waiting = null

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
  const text = (buffer) =>
    btoa(Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join(''))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '')

  const question = () => {
    const asked = JSON.parse(part.dataset.options)
    const withBytes = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }))
    asked.challenge = bytes(asked.challenge)
    if (asked.user) asked.user.id = bytes(asked.user.id)
    asked.excludeCredentials = withBytes(asked.excludeCredentials)
    asked.allowCredentials = withBytes(asked.allowCredentials)
    return asked
  }

  const spell = ({ id, type, response }, given) => {
    const told = { id, rawId: id, type, response: {} }
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (response[name]) told.response[name] = text(response[name])
    }
    if (response.getTransports) told.response.transports = response.getTransports()
    told.clientExtensionResults = { credProps: given.credProps }
    return JSON.stringify(told)
  }

  const NAMES = { NotAllowedError: 'cancelled', InvalidStateError: 'known', SecurityError: 'blocked' }
  const tell = (problem) => {
    const box = part.querySelector('[role="alert"]')
    for (const one of box.querySelectorAll('[data-problem]')) one.hidden = one.dataset.problem !== problem
    box.hidden = problem === null
    if (problem) box.focus()
  }

  // One question at a time: a new one gives the one before up.
  const ask = async (more) => {
    waiting?.abort()
    const own = new AbortController()
    waiting = own
    try {
      const settings = { publicKey: question(), signal: own.signal, ...more }
      const got = await (act === 'create' ? credentials.create(settings) : credentials.get(settings))
      answer.value = spell(got, got.getClientExtensionResults?.() ?? {})
      form.noValidate = true
      form.requestSubmit(act === 'discover' ? undefined : form.querySelector('.btn.main'))
    } catch (error) {
      if (own.signal.aborted) return
      if (!more) tell(NAMES[error.name] ?? 'failed')
      if (!more && act === 'discover') offer()
    }
  }

  // In the list of names that the browser offers in the field itself.
  const offer = async () => {
    // Where one was just refused, it is not asked for again by itself.
    if (!form.querySelector('[autocomplete~="webauthn"]') || form.querySelector(':scope > .note.bad')) return
    if (await PublicKeyCredential.isConditionalMediationAvailable?.()) ask({ mediation: 'conditional' })
  }

  // Before anything else hears of it: the form is not sent yet.
  const hold = (event) => {
    if (event.target !== form || answer.value || event.submitter?.name) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (!credentials) return tell('missing')
    tell(null)
    ask()
  }

  if (form && act !== 'discover') addEventListener('submit', hold, true)
  if (use && credentials) {
    use.hidden = false
    use.addEventListener('click', () => {
      tell(null)
      ask()
    })
    offer()
  }
  // Coming back, the answer of before is none any more.
  addEventListener('pageshow', (event) => {
    if (event.persisted && answer) answer.value = ''
  })
}
