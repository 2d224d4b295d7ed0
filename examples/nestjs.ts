// NestJS: one open index for the whole application, closed with it. Call app.enableShutdownHooks() in main.ts.
import { Controller, Get, Injectable, Module, type OnApplicationShutdown, Query } from "@nestjs/common";
import { type Index, openIndex } from "ltd-index";

interface Faq {
  question: string;
  answer: string;
}

@Injectable()
export class FaqService implements OnApplicationShutdown {
  #index: Promise<Index<Faq>> | undefined;

  /** Opened at the first question; concurrent requests wait for the same. */
  #open(): Promise<Index<Faq>> {
    this.#index ??= openIndex<Faq>({ index: "faq" }); // DATABASE_URL; or { pool } with the pg.Pool of your application
    this.#index.catch(() => (this.#index = undefined)); // the next question tries again
    return this.#index;
  }

  async ask(question: string): Promise<{ decision: string; answer?: string; didYouMean?: string[] }> {
    const { decision, answers } = await (await this.#open()).match(question, { limit: 3 });
    if (decision === "answer") return { decision, answer: answers[0]!.row.answer };
    if (decision === "suggest") return { decision, didYouMean: answers.map(({ row }) => row.question) };
    return { decision };
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.#index)?.close();
  }
}

@Controller("faq")
export class FaqController {
  constructor(private readonly faq: FaqService) {}

  @Get()
  ask(@Query("q") question = ""): ReturnType<FaqService["ask"]> {
    return this.faq.ask(question);
  }
}

@Module({ controllers: [FaqController], providers: [FaqService] })
export class FaqModule {}
