// Adds up jest's JSON reports: prints each failure, then "passed failed" on the last line.
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`FAILED ${file}: jest wrote no report`);
    failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  if (report.numPendingTests > 0) console.log(`${report.numPendingTests} tests did not run`);
  for (const suite of report.testResults) {
    const failures = suite.assertionResults.filter((result) => result.status === 'failed');
    for (const { fullName, failureMessages } of failures) {
      console.log(`FAILED ${fullName}\n${failureMessages.join('\n').slice(0, 2_000)}`);
    }
    if (suite.status === 'failed' && failures.length === 0) {
      failed += 1;
      console.log(`FAILED ${suite.name}\n${suite.message.slice(0, 2_000)}`);
    }
  }
}
console.log(`${passed} ${failed}`);
