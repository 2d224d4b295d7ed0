/** The process of one measurement: takes a request from `measureApart`, measures, answers and ends. */
import type { MeasureReply, MeasureRequest, Measured } from "./systems/measure-apart.ts";
import { measureEncoder } from "./systems/encoder.ts";
import { openStudent } from "./systems/student.ts";
import { measurePrepare, measureSync } from "./systems/sync.ts";
import { openTeacher } from "./systems/teacher.ts";

function measure(request: MeasureRequest): Promise<Measured[keyof Measured]> {
  const { rows, threads } = request;
  switch (request.name) {
    case "prepare":
      return measurePrepare(request.target, rows);
    case "sync":
      return measureSync(request.target, rows, threads);
    case "student":
      return measureEncoder(() => openStudent(threads), rows);
    case "teacher":
      return measureEncoder(() => openTeacher(request.folder, threads), rows);
  }
}

process.once("message", (request: MeasureRequest) => {
  const answer = (reply: MeasureReply) => process.send!(reply, () => process.disconnect());
  measure(request).then(
    (measured) => answer({ measured }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
