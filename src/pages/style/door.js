// What a page can do better with script. Each page works without it.

// The focus goes to what went wrong, so that it is read out.
document.querySelector('[role="alert"]')?.focus()

addEventListener('submit', (event) => {
  const form = event.target
  // A second press would answer a step that is over.
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = 'yes'
  for (const button of form.querySelectorAll('.btn')) button.setAttribute('aria-disabled', 'true')
  event.submitter?.setAttribute('aria-busy', 'true')
})

// Coming back with the browser's button shows the page as it was left: pressable again.
addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const form of document.forms) delete form.dataset.sent
  for (const button of document.querySelectorAll('.btn')) {
    button.removeAttribute('aria-disabled')
    button.removeAttribute('aria-busy')
  }
})

// What this browser can do, so that nobody is offered what they cannot use.
const can = document.querySelector('input[name="can"]')
if (can && typeof PublicKeyCredential === 'function') {
  can.value = 'passkeys'
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.().then((built) => {
    if (built) can.value += ' built-in'
  })
}

// The list of languages lies over the form on a small screen: a press beside it, or Escape, puts it away.
const languages = document.querySelector('details.lang')
if (languages) {
  addEventListener('pointerdown', (event) => {
    if (!languages.contains(event.target)) languages.open = false
  })
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !languages.open) return
    languages.open = false
    languages.querySelector('summary').focus()
  })
}

for (const eye of document.querySelectorAll('.eye')) {
  const input = document.getElementById(eye.getAttribute('aria-controls'))
  eye.hidden = false
  eye.addEventListener('click', () => {
    const shown = input.type === 'password'
    input.type = shown ? 'text' : 'password'
    eye.setAttribute('aria-pressed', String(shown))
    input.focus()
  })
  // A password that was left in view is not offered to the browser as text to remember.
  input.form?.addEventListener('submit', () => {
    input.type = 'password'
  })
}

for (const hint of document.querySelectorAll('[data-caps]')) {
  const input = hint.parentElement.querySelector('input')
  const look = (event) => {
    hint.hidden = !event.getModifierState?.('CapsLock')
  }
  input.addEventListener('keydown', look)
  input.addEventListener('keyup', look)
}

// "Remember my name": kept in this browser and nowhere else, so that the server learns nothing of it.
const remember = document.querySelector('[data-remember]')
const name = document.querySelector('input[name="username"]')
if (remember && name) {
  const key = 'gatehouse.name'
  const box = remember.querySelector('input')
  // A browser that keeps nothing throws: then there is nothing to offer.
  try {
    const kept = localStorage.getItem(key)
    remember.hidden = false
    if (kept && !name.value) {
      name.value = kept
      name.select()
    }
    box.checked = kept !== null
    name.form.addEventListener('submit', () => {
      if (box.checked) localStorage.setItem(key, name.value.trim())
      else localStorage.removeItem(key)
    })
  } catch {
    remember.hidden = true
  }
}
