-- The rows of a file that commit 5bc917f80cd8de11aa031d5972e0abf49570e360 wrote, killed at work. Times are moved.
-- SHA-256 of its schema: d74ab5a5b2ec4eb29c6f50f0ec10cb0cbffa3b612f4b8c11474f9dafdcc2db64
INSERT INTO hq_migrations VALUES
  (1,'2025-01-01 11:28:50','initial'),
  (2,'2025-01-01 11:28:50','plans'),
  (3,'2025-01-01 11:28:50','edits');
INSERT INTO projects VALUES
  (1,'shop','abc123','2025-01-01T11:28:50.563Z','active',2,6,'completed',1,2),
  (2,'Done','abc124','2025-01-01T11:28:50.569Z','completed',0,0,'completed',0,1),
  (3,'later','abc125','2025-01-01T11:28:50.573Z','paused',0,2,'completed',1,1);
INSERT INTO steps VALUES
  (1,1,1,'step1/db','db','completed','/work/a','a','2025-01-01T11:28:50.578Z','2025-01-01T11:28:50.583Z','2025-01-01T11:28:50.588Z','2025-01-01T11:28:50.583Z','c0ffee1','["src/db/a.ts"]','it''s done',1,NULL,0,0,9,10,110,NULL,NULL),
  (2,1,2,'step2/db','db','merged','/work/a','a','2025-01-01T11:28:50.593Z','2025-01-01T11:28:50.595Z','2025-01-01T11:28:50.597Z','2025-01-01T11:28:50.595Z','c0ffee2',NULL,NULL,1,NULL,0,0,0,NULL,2,'feed2',NULL),
  (3,1,3,'step3/api','api','in_progress','/work/b','b','2025-01-01T11:28:50.606Z','2025-01-01T11:28:50.611Z',NULL,'2025-01-01T11:28:50.613Z',NULL,NULL,NULL,1,'2025-01-01T11:43:50.613Z',0,0,0,30,100,NULL,'["src/api/**"]'),
  (4,1,4,'step4/api','api','claimed',NULL,'c','2025-01-01T11:28:50.616Z',NULL,NULL,'2025-01-01T11:28:50.616Z',NULL,NULL,NULL,1,'2025-01-01T11:43:50.616Z',0,0,0,NULL,71,NULL,NULL),
  (5,1,5,'step5/ui','ui','failed','/work/d','d','2025-01-01T11:28:50.620Z','2025-01-01T11:28:50.623Z',NULL,'2025-01-01T11:28:50.623Z',NULL,NULL,'no network',1,NULL,0,0,0,50,50,NULL,NULL),
  (6,1,6,'step6/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL),
  (7,1,7,'step7/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,2,0,70,70,NULL,NULL),
  (8,1,8,'step8/docs','docs','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL),
  (9,1,9,'step9/docs','docs','cancelled',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,90,90,NULL,NULL),
  (10,2,1,'done','s','completed','/work/a','a','2025-01-01T11:28:50.730Z','2025-01-01T11:28:50.733Z','2025-01-01T11:28:50.736Z','2025-01-01T11:28:50.733Z','d0ne',NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL),
  (11,3,1,'one','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,NULL,2,NULL,NULL),
  (12,3,2,'two','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,1,0,NULL,1,NULL,NULL);
INSERT INTO dependencies VALUES
  (3,1),
  (6,2),
  (7,3),
  (7,4),
  (12,11);
INSERT INTO agent_events VALUES
  (1,'a',1,1,'claimed','2025-01-01T11:28:50.578Z','{"attempt":1}'),
  (2,'a',1,1,'started','2025-01-01T11:28:50.583Z','{"attempt":1,"worktree":"/work/a"}'),
  (3,'a',1,1,'completed','2025-01-01T11:28:50.588Z','{"attempt":1,"commit_hash":"c0ffee1"}'),
  (4,'a',1,2,'claimed','2025-01-01T11:28:50.593Z','{"attempt":1}'),
  (5,'a',1,2,'started','2025-01-01T11:28:50.595Z','{"attempt":1,"worktree":"/work/a"}'),
  (6,'a',1,2,'completed','2025-01-01T11:28:50.597Z','{"attempt":1,"commit_hash":"c0ffee2"}'),
  (7,'a',1,2,'merged','2025-01-01T11:28:50.600Z','{"attempt":1,"merge_commit":"feed2"}'),
  (8,'b',1,3,'claimed','2025-01-01T11:28:50.606Z','{"attempt":1}'),
  (9,'b',1,3,'started','2025-01-01T11:28:50.611Z','{"attempt":1,"worktree":"/work/b"}'),
  (10,'b',1,3,'heartbeat','2025-01-01T11:28:50.613Z','{"attempt":1}'),
  (11,'c',1,4,'claimed','2025-01-01T11:28:50.616Z','{"attempt":1}'),
  (12,'d',1,5,'claimed','2025-01-01T11:28:50.620Z','{"attempt":1}'),
  (13,'d',1,5,'started','2025-01-01T11:28:50.623Z','{"attempt":1,"worktree":"/work/d"}'),
  (14,'d',1,5,'failed','2025-01-01T11:28:50.628Z','{"attempt":1,"reason":"no network"}'),
  (15,'d',1,6,'claimed','2025-01-01T11:28:50.631Z','{"attempt":1}'),
  (16,'d',1,6,'started','2025-01-01T11:28:50.634Z','{"attempt":1,"worktree":"/work/d"}'),
  (17,'d',1,6,'failed','2025-01-01T11:28:50.656Z','{"attempt":1,"reason":"wrong way"}'),
  (18,'system',1,6,'recovered','2025-01-01T11:28:50.664Z','{"attempt":1,"from_status":"failed","from_agent":"d"}'),
  (19,'e',1,8,'claimed','2025-01-01T11:28:50.711Z','{"attempt":1}'),
  (20,'e',1,8,'released','2025-01-01T11:28:50.714Z','{"attempt":1,"reason":"not mine"}'),
  (21,'system',1,9,'cancelled','2025-01-01T11:28:50.725Z','{"attempt":0,"revision":2}'),
  (22,'a',2,10,'claimed','2025-01-01T11:28:50.730Z','{"attempt":1}'),
  (23,'a',2,10,'started','2025-01-01T11:28:50.733Z','{"attempt":1,"worktree":"/work/a"}'),
  (24,'a',2,10,'completed','2025-01-01T11:28:50.736Z','{"attempt":1,"commit_hash":"d0ne"}');
INSERT INTO failed_steps_history VALUES
  (1,6,1,6,'step6/ui','ui','/work/d','d','2025-01-01T11:28:50.631Z','2025-01-01T11:28:50.634Z','2025-01-01T11:28:50.656Z',NULL,NULL,'wrong way','2025-01-01T11:28:50.664Z',1);
INSERT INTO claim_requests VALUES
  ('c','request-4','{"project":"shop","step_id":4}',4,1,'2025-01-01T11:28:50.616Z');
INSERT INTO step_counts VALUES
  (1,'cancelled','docs',1,0,0),
  (1,'claimed','api',1,0,0),
  (1,'claimed','db',0,0,0),
  (1,'claimed','docs',0,0,0),
  (1,'claimed','ui',0,0,0),
  (1,'completed','db',1,1,5),
  (1,'failed','ui',1,0,0),
  (1,'in_progress','api',1,0,0),
  (1,'in_progress','db',0,0,0),
  (1,'in_progress','ui',0,0,0),
  (1,'merged','db',1,1,2),
  (1,'not_started','api',0,0,0),
  (1,'not_started','db',0,0,0),
  (1,'not_started','docs',1,0,0),
  (1,'not_started','ui',2,0,0),
  (2,'claimed','s',0,0,0),
  (2,'completed','s',1,1,3),
  (2,'in_progress','s',0,0,0),
  (2,'not_started','s',0,0,0),
  (3,'not_started','s',2,0,0);
INSERT INTO agent_counts VALUES
  ('a',1,'db',2,2,7),
  ('a',2,'s',1,1,3);
