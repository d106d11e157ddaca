/** What the thread that moves files is asked, and what it answers. Every file has a number. */
export type TransferAsked =
	/** Begins to hash a file; with what is in it. `algorithm` as OpenSSL names it, null for none. */
	| {
			readonly id: number;
			readonly type: "open";
			readonly path: string;
			readonly algorithm: string | null;
			readonly prefix: string;
	  }
	/** So many bytes of it were written by somebody else. */
	| { readonly id: number; readonly type: "upTo"; readonly bytes: number }
	/** Fetches the bytes from `from` to `end` into it. */
	| {
			readonly id: number;
			readonly type: "fetch";
			readonly url: string;
			readonly headers: Readonly<Record<string, string>>;
			readonly from: number;
			readonly end: number;
			readonly silenceMs: number;
	  }
	| { readonly id: number; readonly type: "stop" }
	/** It was emptied. */
	| { readonly id: number; readonly type: "startOver" }
	/** Asks for the hash of the first `bytes`. */
	| { readonly id: number; readonly type: "end"; readonly bytes: number }
	| { readonly id: number; readonly type: "close" };

/** The head of an HTTP answer. */
export interface AnswerHead {
	readonly status: number;
	/** By name in small letters. */
	readonly headers: Readonly<Record<string, string>>;
	/** Whether its body is in the file now. */
	readonly taken: boolean;
}

export type TransferTold =
	| { readonly id: number; readonly type: "written"; readonly bytes: number; readonly received: number }
	/** The body comes, and goes into the file. */
	| { readonly id: number; readonly type: "begun"; readonly headers: AnswerHead["headers"] }
	| { readonly id: number; readonly type: "fetched"; readonly head: AnswerHead }
	| { readonly id: number; readonly type: "digest"; readonly digest: string | null }
	| {
			readonly id: number;
			readonly type: "failed";
			readonly of: "fetch" | "end";
			readonly message: string;
			readonly code: string | undefined;
			readonly syscall: string | undefined;
	  };
