import { about, byCause, curve, type Question, STYLE } from './question.ts'

const PERCENT = 100

/** What is asked of one modelled service. */
export function serviceQuestions(name: string): readonly Question[] {
  const of = about(({ services }) => services[name])
  const crashes: Question['crashes'] = ({ services }) => services[name]?.crashes.map(({ atMs }) => atMs) ?? []
  const questions: readonly Question[] = [
    {
      title: 'Served, and served for nobody',
      note: 'Work for callers that had given up is capacity lost.',
      unit: '/s',
      curves: of((service, rate) => [
        curve('served', STYLE.good, rate(service.served)),
        curve('for nobody', STYLE.bad, rate(service.wasted)),
      ]),
    },
    {
      title: 'Queue depth',
      note: 'Requests that wait, beside those that are worked on.',
      unit: '',
      curves: of((service) => [
        curve('waiting', STYLE.bad, service.queued, 'worst'),
        curve('worked on', STYLE.good, service.inFlight, 'gauge'),
      ]),
    },
    {
      title: 'Age of the oldest that waits',
      note: 'A queue that is deep but young moves; an old one is work for callers that have gone.',
      unit: 'ms',
      curves: of((service) => [curve('oldest', STYLE.wait, service.oldestMs, 'worst')]),
    },
    {
      title: 'Memory of the fullest instance',
      note: 'Of what it may hold. At 100% it crashes, and loses all of it.',
      unit: '%',
      curves: of((service) => [
        curve(
          'used',
          STYLE.other,
          service.memory.map((part) => part * PERCENT),
          'worst',
        ),
      ]),
    },
    {
      title: 'Instances that are up',
      note: 'A step down is a crash, a step up a restart.',
      unit: '',
      curves: of((service) => [curve('up', STYLE.good, service.up, 'gauge')]),
    },
    {
      title: 'Refused by the service, by cause',
      note: 'What the service itself turned away.',
      unit: '/s',
      curves: of((service, rate) => byCause(service.refused, rate)),
    },
  ]
  return questions.map((question) => ({ ...question, crashes }))
}
