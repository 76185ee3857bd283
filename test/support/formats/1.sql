-- The rows of a file that commit 4490d7bd64883ad7b2086e876466cb638c9d817e wrote, killed at work. Times are moved.
-- SHA-256 of its schema: 64f9bca60f9d62966bf76cf1aa1b083461f22588eae8ba7ffd466283056cfeff
INSERT INTO hq_migrations VALUES
  (1,'2025-01-01 11:28:49','initial');
INSERT INTO projects VALUES
  (1,'shop','abc123','2025-01-01T11:28:49.897Z','active',0,6),
  (2,'Done','abc124','2025-01-01T11:28:49.901Z','completed',0,0),
  (3,'later','abc125','2025-01-01T11:28:49.903Z','active',0,2);
INSERT INTO steps VALUES
  (1,1,1,'step1/db','db','completed','/work/a','a','2025-01-01T11:28:49.908Z','2025-01-01T11:28:49.915Z','2025-01-01T11:28:49.921Z','2025-01-01T11:28:49.915Z','c0ffee1','["src/db/a.ts"]','it''s done',1,NULL,0,0),
  (2,1,2,'step2/db','db','completed','/work/a','a','2025-01-01T11:28:49.925Z','2025-01-01T11:28:49.930Z','2025-01-01T11:28:49.936Z','2025-01-01T11:28:49.930Z','c0ffee2',NULL,NULL,1,NULL,0,0),
  (3,1,3,'step3/api','api','in_progress','/work/b','b','2025-01-01T11:28:49.938Z','2025-01-01T11:28:49.942Z',NULL,'2025-01-01T11:28:49.949Z',NULL,NULL,NULL,1,'2025-01-01T11:43:49.949Z',0,0),
  (4,1,4,'step4/api','api','claimed',NULL,'c','2025-01-01T11:28:49.953Z',NULL,NULL,'2025-01-01T11:28:49.953Z',NULL,NULL,NULL,1,'2025-01-01T11:43:49.953Z',0,0),
  (5,1,5,'step5/ui','ui','failed','/work/d','d','2025-01-01T11:28:49.956Z','2025-01-01T11:28:49.961Z',NULL,'2025-01-01T11:28:49.961Z',NULL,NULL,'no network',1,NULL,0,0),
  (6,1,6,'step6/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0),
  (7,1,7,'step7/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,2),
  (8,1,8,'step8/docs','docs','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0),
  (9,2,1,'done','s','completed','/work/a','a','2025-01-01T11:28:49.989Z','2025-01-01T11:28:49.992Z','2025-01-01T11:28:49.994Z','2025-01-01T11:28:49.992Z','d0ne',NULL,NULL,1,NULL,0,0),
  (10,3,1,'one','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0),
  (11,3,2,'two','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,1);
INSERT INTO dependencies VALUES
  (3,1),
  (6,2),
  (7,3),
  (7,4),
  (11,10);
INSERT INTO agent_events VALUES
  (1,'a',1,1,'claimed','2025-01-01T11:28:49.908Z','{"attempt":1}'),
  (2,'a',1,1,'started','2025-01-01T11:28:49.915Z','{"attempt":1,"worktree":"/work/a"}'),
  (3,'a',1,1,'completed','2025-01-01T11:28:49.921Z','{"attempt":1,"commit_hash":"c0ffee1"}'),
  (4,'a',1,2,'claimed','2025-01-01T11:28:49.925Z','{"attempt":1}'),
  (5,'a',1,2,'started','2025-01-01T11:28:49.930Z','{"attempt":1,"worktree":"/work/a"}'),
  (6,'a',1,2,'completed','2025-01-01T11:28:49.936Z','{"attempt":1,"commit_hash":"c0ffee2"}'),
  (7,'b',1,3,'claimed','2025-01-01T11:28:49.938Z','{"attempt":1}'),
  (8,'b',1,3,'started','2025-01-01T11:28:49.942Z','{"attempt":1,"worktree":"/work/b"}'),
  (9,'b',1,3,'heartbeat','2025-01-01T11:28:49.949Z','{"attempt":1}'),
  (10,'c',1,4,'claimed','2025-01-01T11:28:49.953Z','{"attempt":1}'),
  (11,'d',1,5,'claimed','2025-01-01T11:28:49.956Z','{"attempt":1}'),
  (12,'d',1,5,'started','2025-01-01T11:28:49.961Z','{"attempt":1,"worktree":"/work/d"}'),
  (13,'d',1,5,'failed','2025-01-01T11:28:49.965Z','{"attempt":1,"reason":"no network"}'),
  (14,'d',1,6,'claimed','2025-01-01T11:28:49.968Z','{"attempt":1}'),
  (15,'d',1,6,'started','2025-01-01T11:28:49.970Z','{"attempt":1,"worktree":"/work/d"}'),
  (16,'d',1,6,'failed','2025-01-01T11:28:49.976Z','{"attempt":1,"reason":"wrong way"}'),
  (17,'system',1,6,'recovered','2025-01-01T11:28:49.981Z','{"attempt":1,"from_status":"failed","from_agent":"d"}'),
  (18,'e',1,8,'claimed','2025-01-01T11:28:49.984Z','{"attempt":1}'),
  (19,'e',1,8,'released','2025-01-01T11:28:49.987Z','{"attempt":1,"reason":"not mine"}'),
  (20,'a',2,9,'claimed','2025-01-01T11:28:49.989Z','{"attempt":1}'),
  (21,'a',2,9,'started','2025-01-01T11:28:49.992Z','{"attempt":1,"worktree":"/work/a"}'),
  (22,'a',2,9,'completed','2025-01-01T11:28:49.994Z','{"attempt":1,"commit_hash":"d0ne"}');
INSERT INTO failed_steps_history VALUES
  (1,6,1,6,'step6/ui','ui','/work/d','d','2025-01-01T11:28:49.968Z','2025-01-01T11:28:49.970Z','2025-01-01T11:28:49.976Z',NULL,NULL,'wrong way','2025-01-01T11:28:49.981Z',1);
INSERT INTO claim_requests VALUES
  ('c','request-4','{"project":"shop","step_id":4}',4,1,'2025-01-01T11:28:49.953Z');
INSERT INTO step_counts VALUES
  (1,'claimed','api',1,0,0),
  (1,'claimed','db',0,0,0),
  (1,'claimed','docs',0,0,0),
  (1,'claimed','ui',0,0,0),
  (1,'completed','db',2,2,12),
  (1,'failed','ui',1,0,0),
  (1,'in_progress','api',1,0,0),
  (1,'in_progress','db',0,0,0),
  (1,'in_progress','ui',0,0,0),
  (1,'not_started','api',0,0,0),
  (1,'not_started','db',0,0,0),
  (1,'not_started','docs',1,0,0),
  (1,'not_started','ui',2,0,0),
  (2,'claimed','s',0,0,0),
  (2,'completed','s',1,1,2),
  (2,'in_progress','s',0,0,0),
  (2,'not_started','s',0,0,0),
  (3,'not_started','s',2,0,0);
INSERT INTO agent_counts VALUES
  ('a',1,'db',2,2,12),
  ('a',2,'s',1,1,2);
