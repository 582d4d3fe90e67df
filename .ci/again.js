// Second looks. "failed REPORT": the test files that failed, one a line.
// "settle REPORT SECOND": their results in REPORT are replaced by those of the second, lone run.
import { readFileSync, writeFileSync } from 'node:fs';

const [what, first, second] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const report = read(first);

if (what === 'failed') {
  const files = report.testResults.filter((suite) => suite.status === 'failed');
  console.log(files.map((suite) => suite.name).join('\n'));
} else {
  const again = read(second);
  const names = new Set(again.testResults.map((suite) => suite.name));
  report.testResults = report.testResults
    .filter((suite) => !names.has(suite.name))
    .concat(again.testResults);
  const count = (status) =>
    report.testResults
      .flatMap((suite) => suite.assertionResults)
      .filter((result) => result.status === status).length;
  report.numPassedTests = count('passed');
  report.numFailedTests = count('failed');
  report.numPendingTests = count('pending');
  report.success = report.testResults.every((suite) => suite.status === 'passed');
  for (const suite of again.testResults.filter((each) => each.status === 'passed')) {
    console.log(`SECOND RUN passed alone: ${suite.name.replace(/^.*\/test\//, 'test/')}`);
  }
  writeFileSync(first, JSON.stringify(report));
}
