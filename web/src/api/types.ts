// SPDX-License-Identifier: Apache-2.0
// The part of the JSON:API under /rest that the pages read. Everything here was said by a server that repeats what
// registries and feeds say: it is text to show, never markup, and unknown words of an enumeration must not break a page.

export interface Resource<Type extends string, Attributes> {
  type: Type;
  id: string;
  attributes: Attributes;
}

export type Link = string | { href: string } | null;

export interface JsonDocument<Data> {
  data: Data;
  links?: { next?: Link; prev?: Link };
  meta?: { count?: number };
}

export interface Notice {
  kind: string;
  text: string;
}

export type Self = Resource<
  'user',
  { name: string; organization: string; permissions: string[]; csrf_token: string; notices: Notice[] }
>;

export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export type SeverityCounts = Record<Severity, number>;

export type Verdict = 'passed' | 'failed' | 'could-not-tell';

export type ImageSummary = Resource<
  'image_summary',
  {
    reference: string;
    integration: string | null;
    repository: string;
    tag: string | null;
    digest: string;
    image_id: string | null;
    platform: string | null;
    is_image: boolean;
    artifact_type: string | null;
    state: 'pending' | 'scanned' | 'failed';
    error: string | null;
    distribution: string | null;
    package_count: number | null;
    severity_counts: SeverityCounts | null;
    vulnerability_count: number | null;
    fixable_count: number | null;
    kev_count: number | null;
    gap_count: number | null;
    counts_are_minimum: boolean;
    verdict: Verdict | null;
    verdict_reasons: string[];
    layers_fetched: number | null;
    layers_shared: number | null;
    scanned_at: string | null;
    created_at: string;
  }
>;

export interface PackageIdentity {
  name: string;
  version: string;
  type: string;
  purl: string | null;
  source_name: string | null;
  source_version: string | null;
  arch: string | null;
}

export type FixState = 'fixed' | 'not-fixed' | 'wont-fix' | 'deferred' | 'end-of-life' | 'unknown';

export interface Location {
  path: string;
  layer: number | null;
  layer_digest: string | null;
}

export interface Evidence {
  feed: string;
  advisory: string;
  ecosystem: string;
  name: string;
  version: string;
  introduced: string | null;
  fixed: string | null;
  last_affected: string | null;
  is_listed: boolean;
  order: string;
  modified: string | null;
}

export type Finding = Resource<
  'finding',
  {
    vulnerability: string;
    aliases: string[];
    severity: Severity;
    severity_source: string | null;
    cvss: { type: string; score: number | string }[];
    summary: string | null;
    epss_score: number | null;
    epss_percentile: number | null;
    kev_added_at: string | null;
    fix_state: FixState;
    fixed_versions: string[];
    package: PackageIdentity;
    locations: Location[];
    evidence: Evidence[];
  }
>;

/** A finding, with what brought it and what to do about it. */
export type Explained = Finding['attributes'] & {
  severity_reason: string;
  origin: string;
  base_image: string | null;
  instruction: string | null;
  smallest_fixed_version: string | null;
  change: string;
  command: string | null;
};

export type Explanation = Resource<
  'explanation',
  {
    reference: string;
    platform: string | null;
    is_reported: boolean;
    findings: Explained[];
    suppressed_count: number;
    asked_feeds: { name: string; date: string | null; record_count: number; is_complete: boolean }[];
    gap_count: number;
  }
>;

export type PackageRow = Resource<
  'package',
  PackageIdentity & {
    path: string | null;
    layer: number | null;
    layer_digest: string | null;
    severity_counts?: SeverityCounts | null;
  }
>;

export type ScanGap = Resource<'scan_gap', { kind: string; path: string | null; reason: string; consequence: string }>;

export type SyncRun = Resource<
  'sync_run',
  {
    integration: string;
    status: string;
    started_at: string | null;
    finished_at: string | null;
    repositories: number | null;
    tags: number | null;
    images_imported: number | null;
    images_unchanged: number | null;
    artifacts: number | null;
    errors: number | null;
    error: string | null;
  }
>;

export type Feed = Resource<
  'feed',
  {
    name: string;
    ecosystem: string;
    date: string | null;
    checked_at: string | null;
    records: number | null;
    gap_count: number | null;
    is_complete: boolean;
    incomplete_reason: string | null;
    is_demo: boolean;
    source: string | null;
  }
>;
