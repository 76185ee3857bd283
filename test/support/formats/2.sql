-- The rows of a file that commit f5d062d5295dab113939ba4575b5986a7e790055 wrote, killed at work. Times are moved.
-- SHA-256 of its schema: e8d0a09983b2c539751a837a7b0cfa0053bcb8702c7d35e934a1a67cf2f1600e
INSERT INTO hq_migrations VALUES
  (1,'2025-01-01 11:28:50','initial'),
  (2,'2025-01-01 11:28:50','plans');
INSERT INTO projects VALUES
  (1,'shop','abc123','2025-01-01T11:28:50.196Z','active',2,6,'completed',1),
  (2,'Done','abc124','2025-01-01T11:28:50.203Z','completed',0,0,'completed',0),
  (3,'later','abc125','2025-01-01T11:28:50.206Z','paused',0,2,'completed',1);
INSERT INTO steps VALUES
  (1,1,1,'step1/db','db','completed','/work/a','a','2025-01-01T11:28:50.207Z','2025-01-01T11:28:50.210Z','2025-01-01T11:28:50.213Z','2025-01-01T11:28:50.210Z','c0ffee1','["src/db/a.ts"]','it''s done',1,NULL,0,0,9,10,110,NULL),
  (2,1,2,'step2/db','db','merged','/work/a','a','2025-01-01T11:28:50.215Z','2025-01-01T11:28:50.220Z','2025-01-01T11:28:50.224Z','2025-01-01T11:28:50.220Z','c0ffee2',NULL,NULL,1,NULL,0,0,0,NULL,2,'feed2'),
  (3,1,3,'step3/api','api','in_progress','/work/b','b','2025-01-01T11:28:50.232Z','2025-01-01T11:28:50.235Z',NULL,'2025-01-01T11:28:50.237Z',NULL,NULL,NULL,1,'2025-01-01T11:43:50.237Z',0,0,0,30,100,NULL),
  (4,1,4,'step4/api','api','claimed',NULL,'c','2025-01-01T11:28:50.241Z',NULL,NULL,'2025-01-01T11:28:50.241Z',NULL,NULL,NULL,1,'2025-01-01T11:43:50.241Z',0,0,0,NULL,71,NULL),
  (5,1,5,'step5/ui','ui','failed','/work/d','d','2025-01-01T11:28:50.249Z','2025-01-01T11:28:50.250Z',NULL,'2025-01-01T11:28:50.250Z',NULL,NULL,'no network',1,NULL,0,0,0,50,50,NULL),
  (6,1,6,'step6/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,1,NULL),
  (7,1,7,'step7/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,2,0,70,70,NULL),
  (8,1,8,'step8/docs','docs','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,1,NULL),
  (9,2,1,'done','s','completed','/work/a','a','2025-01-01T11:28:50.282Z','2025-01-01T11:28:50.288Z','2025-01-01T11:28:50.289Z','2025-01-01T11:28:50.288Z','d0ne',NULL,NULL,1,NULL,0,0,0,NULL,1,NULL),
  (10,3,1,'one','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,NULL,2,NULL),
  (11,3,2,'two','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,1,0,NULL,1,NULL);
INSERT INTO dependencies VALUES
  (3,1),
  (6,2),
  (7,3),
  (7,4),
  (11,10);
INSERT INTO agent_events VALUES
  (1,'a',1,1,'claimed','2025-01-01T11:28:50.207Z','{"attempt":1}'),
  (2,'a',1,1,'started','2025-01-01T11:28:50.210Z','{"attempt":1,"worktree":"/work/a"}'),
  (3,'a',1,1,'completed','2025-01-01T11:28:50.213Z','{"attempt":1,"commit_hash":"c0ffee1"}'),
  (4,'a',1,2,'claimed','2025-01-01T11:28:50.215Z','{"attempt":1}'),
  (5,'a',1,2,'started','2025-01-01T11:28:50.220Z','{"attempt":1,"worktree":"/work/a"}'),
  (6,'a',1,2,'completed','2025-01-01T11:28:50.224Z','{"attempt":1,"commit_hash":"c0ffee2"}'),
  (7,'a',1,2,'merged','2025-01-01T11:28:50.229Z','{"attempt":1,"merge_commit":"feed2"}'),
  (8,'b',1,3,'claimed','2025-01-01T11:28:50.232Z','{"attempt":1}'),
  (9,'b',1,3,'started','2025-01-01T11:28:50.235Z','{"attempt":1,"worktree":"/work/b"}'),
  (10,'b',1,3,'heartbeat','2025-01-01T11:28:50.237Z','{"attempt":1}'),
  (11,'c',1,4,'claimed','2025-01-01T11:28:50.241Z','{"attempt":1}'),
  (12,'d',1,5,'claimed','2025-01-01T11:28:50.249Z','{"attempt":1}'),
  (13,'d',1,5,'started','2025-01-01T11:28:50.250Z','{"attempt":1,"worktree":"/work/d"}'),
  (14,'d',1,5,'failed','2025-01-01T11:28:50.257Z','{"attempt":1,"reason":"no network"}'),
  (15,'d',1,6,'claimed','2025-01-01T11:28:50.261Z','{"attempt":1}'),
  (16,'d',1,6,'started','2025-01-01T11:28:50.264Z','{"attempt":1,"worktree":"/work/d"}'),
  (17,'d',1,6,'failed','2025-01-01T11:28:50.270Z','{"attempt":1,"reason":"wrong way"}'),
  (18,'system',1,6,'recovered','2025-01-01T11:28:50.273Z','{"attempt":1,"from_status":"failed","from_agent":"d"}'),
  (19,'e',1,8,'claimed','2025-01-01T11:28:50.277Z','{"attempt":1}'),
  (20,'e',1,8,'released','2025-01-01T11:28:50.280Z','{"attempt":1,"reason":"not mine"}'),
  (21,'a',2,9,'claimed','2025-01-01T11:28:50.282Z','{"attempt":1}'),
  (22,'a',2,9,'started','2025-01-01T11:28:50.288Z','{"attempt":1,"worktree":"/work/a"}'),
  (23,'a',2,9,'completed','2025-01-01T11:28:50.289Z','{"attempt":1,"commit_hash":"d0ne"}');
INSERT INTO failed_steps_history VALUES
  (1,6,1,6,'step6/ui','ui','/work/d','d','2025-01-01T11:28:50.261Z','2025-01-01T11:28:50.264Z','2025-01-01T11:28:50.270Z',NULL,NULL,'wrong way','2025-01-01T11:28:50.273Z',1);
INSERT INTO claim_requests VALUES
  ('c','request-4','{"project":"shop","step_id":4}',4,1,'2025-01-01T11:28:50.241Z');
INSERT INTO step_counts VALUES
  (1,'claimed','api',1,0,0),
  (1,'claimed','db',0,0,0),
  (1,'claimed','docs',0,0,0),
  (1,'claimed','ui',0,0,0),
  (1,'completed','db',1,1,3),
  (1,'failed','ui',1,0,0),
  (1,'in_progress','api',1,0,0),
  (1,'in_progress','db',0,0,0),
  (1,'in_progress','ui',0,0,0),
  (1,'merged','db',1,1,4),
  (1,'not_started','api',0,0,0),
  (1,'not_started','db',0,0,0),
  (1,'not_started','docs',1,0,0),
  (1,'not_started','ui',2,0,0),
  (2,'claimed','s',0,0,0),
  (2,'completed','s',1,1,1),
  (2,'in_progress','s',0,0,0),
  (2,'not_started','s',0,0,0),
  (3,'not_started','s',2,0,0);
INSERT INTO agent_counts VALUES
  ('a',1,'db',2,2,7),
  ('a',2,'s',1,1,1);
