-- The rows of a file that commit 4d3095a836a48744595c752b19e5c9bd32127b42 wrote, killed at work. Times are moved.
-- SHA-256 of its schema: 8d3eb3f63a7ae19c35baa3d5a1457ca4ca6526682f46870341c53830629365b2
INSERT INTO hq_migrations VALUES
  (1,'2025-01-01 11:28:50','initial'),
  (2,'2025-01-01 11:28:50','plans'),
  (3,'2025-01-01 11:28:50','edits'),
  (4,'2025-01-01 11:28:50','sessions');
INSERT INTO projects VALUES
  (1,'shop','abc123','2025-01-01T11:28:51.055Z','active',2,6,'completed',1,2),
  (2,'Done','abc124','2025-01-01T11:28:51.061Z','completed',0,0,'completed',0,1),
  (3,'later','abc125','2025-01-01T11:28:51.063Z','paused',0,2,'completed',1,1);
INSERT INTO steps VALUES
  (1,1,1,'step1/db','db','completed','/work/a','a','2025-01-01T11:28:51.067Z','2025-01-01T11:28:51.071Z','2025-01-01T11:28:51.073Z','2025-01-01T11:28:51.071Z','c0ffee1','["src/db/a.ts"]','it''s done',1,NULL,0,0,9,10,110,NULL,NULL,'f6786ec6-af63-4041-81a8-77495fddfa7f'),
  (2,1,2,'step2/db','db','merged','/work/a','a','2025-01-01T11:28:51.076Z','2025-01-01T11:28:51.081Z','2025-01-01T11:28:51.096Z','2025-01-01T11:28:51.081Z','c0ffee2',NULL,NULL,1,NULL,0,0,0,NULL,2,'feed2',NULL,'f6786ec6-af63-4041-81a8-77495fddfa7f'),
  (3,1,3,'step3/api','api','in_progress','/work/b','b','2025-01-01T11:28:51.106Z','2025-01-01T11:28:51.121Z',NULL,'2025-01-01T11:28:51.126Z',NULL,NULL,NULL,1,'2025-01-01T11:43:51.126Z',0,0,0,30,100,NULL,'["src/api/**"]','f6786ec6-af63-4041-81a8-77495fddfa7f'),
  (4,1,4,'step4/api','api','claimed',NULL,'c','2025-01-01T11:28:51.132Z',NULL,NULL,'2025-01-01T11:28:51.132Z',NULL,NULL,NULL,1,'2025-01-01T11:43:51.132Z',0,0,0,NULL,71,NULL,NULL,'f6786ec6-af63-4041-81a8-77495fddfa7f'),
  (5,1,5,'step5/ui','ui','failed','/work/d','d','2025-01-01T11:28:51.137Z','2025-01-01T11:28:51.143Z',NULL,'2025-01-01T11:28:51.143Z',NULL,NULL,'no network',1,NULL,0,0,0,50,50,NULL,NULL,'f6786ec6-af63-4041-81a8-77495fddfa7f'),
  (6,1,6,'step6/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL,NULL),
  (7,1,7,'step7/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,2,0,70,70,NULL,NULL,NULL),
  (8,1,8,'step8/docs','docs','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL,NULL),
  (9,1,9,'step9/docs','docs','cancelled',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,90,90,NULL,NULL,NULL),
  (10,2,1,'done','s','completed','/work/a','a','2025-01-01T11:28:51.197Z','2025-01-01T11:28:51.204Z','2025-01-01T11:28:51.208Z','2025-01-01T11:28:51.204Z','d0ne',NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL,'f6786ec6-af63-4041-81a8-77495fddfa7f'),
  (11,3,1,'one','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,NULL,2,NULL,NULL,NULL),
  (12,3,2,'two','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,1,0,NULL,1,NULL,NULL,NULL);
INSERT INTO dependencies VALUES
  (3,1),
  (6,2),
  (7,3),
  (7,4),
  (12,11);
INSERT INTO agent_events VALUES
  (1,'a',1,1,'claimed','2025-01-01T11:28:51.067Z','{"attempt":1}'),
  (2,'a',1,1,'started','2025-01-01T11:28:51.071Z','{"attempt":1,"worktree":"/work/a"}'),
  (3,'a',1,1,'completed','2025-01-01T11:28:51.073Z','{"attempt":1,"commit_hash":"c0ffee1"}'),
  (4,'a',1,2,'claimed','2025-01-01T11:28:51.076Z','{"attempt":1}'),
  (5,'a',1,2,'started','2025-01-01T11:28:51.081Z','{"attempt":1,"worktree":"/work/a"}'),
  (6,'a',1,2,'completed','2025-01-01T11:28:51.096Z','{"attempt":1,"commit_hash":"c0ffee2"}'),
  (7,'a',1,2,'merged','2025-01-01T11:28:51.100Z','{"attempt":1,"merge_commit":"feed2"}'),
  (8,'b',1,3,'claimed','2025-01-01T11:28:51.106Z','{"attempt":1}'),
  (9,'b',1,3,'started','2025-01-01T11:28:51.121Z','{"attempt":1,"worktree":"/work/b"}'),
  (10,'b',1,3,'heartbeat','2025-01-01T11:28:51.126Z','{"attempt":1}'),
  (11,'c',1,4,'claimed','2025-01-01T11:28:51.132Z','{"attempt":1}'),
  (12,'d',1,5,'claimed','2025-01-01T11:28:51.137Z','{"attempt":1}'),
  (13,'d',1,5,'started','2025-01-01T11:28:51.143Z','{"attempt":1,"worktree":"/work/d"}'),
  (14,'d',1,5,'failed','2025-01-01T11:28:51.146Z','{"attempt":1,"reason":"no network"}'),
  (15,'d',1,6,'claimed','2025-01-01T11:28:51.153Z','{"attempt":1}'),
  (16,'d',1,6,'started','2025-01-01T11:28:51.155Z','{"attempt":1,"worktree":"/work/d"}'),
  (17,'d',1,6,'failed','2025-01-01T11:28:51.160Z','{"attempt":1,"reason":"wrong way"}'),
  (18,'system',1,6,'recovered','2025-01-01T11:28:51.167Z','{"attempt":1,"from_status":"failed","from_agent":"d"}'),
  (19,'e',1,8,'claimed','2025-01-01T11:28:51.171Z','{"attempt":1}'),
  (20,'e',1,8,'released','2025-01-01T11:28:51.177Z','{"attempt":1,"reason":"not mine"}'),
  (21,'system',1,9,'cancelled','2025-01-01T11:28:51.192Z','{"attempt":0,"revision":2}'),
  (22,'a',2,10,'claimed','2025-01-01T11:28:51.197Z','{"attempt":1}'),
  (23,'a',2,10,'started','2025-01-01T11:28:51.204Z','{"attempt":1,"worktree":"/work/a"}'),
  (24,'a',2,10,'completed','2025-01-01T11:28:51.208Z','{"attempt":1,"commit_hash":"d0ne"}');
INSERT INTO failed_steps_history VALUES
  (1,6,1,6,'step6/ui','ui','/work/d','d','2025-01-01T11:28:51.153Z','2025-01-01T11:28:51.155Z','2025-01-01T11:28:51.160Z',NULL,NULL,'wrong way','2025-01-01T11:28:51.167Z',1);
INSERT INTO claim_requests VALUES
  ('c','request-4','{"project":"shop","step_id":4}',4,1,'2025-01-01T11:28:51.132Z');
INSERT INTO step_counts VALUES
  (1,'cancelled','docs',1,0,0),
  (1,'claimed','api',1,0,0),
  (1,'claimed','db',0,0,0),
  (1,'claimed','docs',0,0,0),
  (1,'claimed','ui',0,0,0),
  (1,'completed','db',1,1,2),
  (1,'failed','ui',1,0,0),
  (1,'in_progress','api',1,0,0),
  (1,'in_progress','db',0,0,0),
  (1,'in_progress','ui',0,0,0),
  (1,'merged','db',1,1,15),
  (1,'not_started','api',0,0,0),
  (1,'not_started','db',0,0,0),
  (1,'not_started','docs',1,0,0),
  (1,'not_started','ui',2,0,0),
  (2,'claimed','s',0,0,0),
  (2,'completed','s',1,1,4),
  (2,'in_progress','s',0,0,0),
  (2,'not_started','s',0,0,0),
  (3,'not_started','s',2,0,0);
INSERT INTO agent_counts VALUES
  ('a',1,'db',2,2,17),
  ('a',2,'s',1,1,4);
INSERT INTO agent_sessions VALUES
  ('f6786ec6-af63-4041-81a8-77495fddfa7f','test','1','host',1234,'2025-01-01T11:28:51.023Z','2025-01-01T11:28:51.066Z',NULL);
INSERT INTO lease_sweeps VALUES
  (1,'1970-01-01T00:00:00.000Z','1970-01-01T00:00:00.000Z');
