/** What we read of other regions' events: the fields we need and no more. Unknown ones are let through and dropped. */

import { z } from "zod";

const id = z.uuid();

export const Presented = z.object({
  coordinator_id: id,
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
});

export const Withdrawn = z.object({ coordinator_id: id });

export const Erased = z.object({ coordinator_id: id, erasure_id: id });

export const Receipt = z.object({ coordinator_id: id, erasure_id: id });

export const Opened = z.object({ seminar_id: id, title: z.string() });

export const Shut = z.object({ seminar_id: id });

export const Guest = z.object({
  guest_id: id,
  seminar_id: id,
  host_region: z.string(),
  coordinator_id: id,
});

export type GuestBody = z.infer<typeof Guest>;
