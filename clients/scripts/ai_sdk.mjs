// The Vercel AI SDK. It runs in the folder that has it in its `node_modules`, and tells what it saw as told.py does.
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const here = createRequire(path.join(process.cwd(), 'here.js'))
const installed = (name) => import(pathToFileURL(here.resolve(name)).href)
const { embed, generateObject, generateText, streamText } = await installed('ai')
const { createOpenAI } = await installed('@ai-sdk/openai')
const { createAnthropic } = await installed('@ai-sdk/anthropic')
const { createOpenAICompatible } = await installed('@ai-sdk/openai-compatible')
const { z } = await installed('zod')

const baseURL = `${process.env.CLIENTS_URL}/v1`
const apiKey = 'any'
const openai = createOpenAI({ baseURL, apiKey })
const anthropic = createAnthropic({ baseURL, apiKey })
const compatible = createOpenAICompatible({ name: 'lanewise', baseURL, apiKey, supportsStructuredOutputs: true })
const prompt = 'What is 17 * 23? Show the steps.'
const person = 'Extract the person: Ada is 36 years old.'

const holds = (seen, wanted) => {
  if (!String(seen).includes(wanted)) throw new Error(`${wanted} is not in ${seen}`)
}
const whole = (of) => async (model) => holds((await generateText({ model: of(model), prompt, maxRetries: 0 })).text, '391')
const streamed = (of) => async (model) => {
  let text = ''
  let wrong = null
  const onError = ({ error }) => (wrong = error)
  for await (const part of streamText({ model: of(model), prompt, maxRetries: 0, onError }).textStream) text += part
  if (wrong) throw wrong
  holds(text, '391')
}
const filled = (of) => async (model) => {
  const schema = z.object({ name: z.string(), age: z.number() })
  holds((await generateObject({ model: of(model), schema, prompt: person, maxRetries: 0 })).object.age, '36')
}
const vectors = async (model) => {
  const { embedding } = await embed({ model: compatible.embeddingModel(model), value: 'a', maxRetries: 0 })
  if (!embedding.length) throw new Error('no vector')
}

const speaks = { chat: openai.chat, responses: openai.responses, messages: anthropic, compatible }
const checks = { 'compatible object': filled(compatible), 'messages object': filled(anthropic), embeddings: vectors }
for (const [name, of] of Object.entries(speaks)) {
  checks[name] = whole(of)
  checks[`${name} stream`] = streamed(of)
}
checks['responses object'] = filled(openai.responses)

for (const [check, model] of JSON.parse(process.env.CLIENTS_WANTED)) {
  let wrong = null
  try {
    await checks[check](model)
  } catch (error) {
    wrong = String(error)
  }
  console.log(JSON.stringify({ check, model, wrong }))
}
