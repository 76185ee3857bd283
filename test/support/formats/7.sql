-- The rows of a file that commit 61555fd37ab9e69ab15230bab3e4d5886d08e36d wrote, killed at work. Times are moved.
-- SHA-256 of its schema: 071fc63390dc40e7200031121c58e3ef7f2e272a1c48b7c8df18e9faf641c908
INSERT INTO hq_migrations VALUES
  (1,'2025-01-01 11:28:51','initial'),
  (2,'2025-01-01 11:28:51','plans'),
  (3,'2025-01-01 11:28:51','edits'),
  (4,'2025-01-01 11:28:51','sessions'),
  (5,'2025-01-01 11:28:51','names'),
  (6,'2025-01-01 11:28:51','descriptions'),
  (7,'2025-01-01 11:28:51','estimates');
INSERT INTO projects VALUES
  (1,'shop','abc123','2025-01-01T11:28:51.883Z','active',2,6,'completed',1,2,4,160,40),
  (2,'Done','abc124','2025-01-01T11:28:51.891Z','completed',0,0,'completed',0,1,0,0,1),
  (3,'later','abc125','2025-01-01T11:28:51.893Z','paused',0,2,'completed',1,1,0,0,1);
INSERT INTO steps VALUES
  (1,1,1,'step1/db','db','completed','/work/a','a','2025-01-01T11:28:51.897Z','2025-01-01T11:28:51.902Z','2025-01-01T11:28:51.905Z','2025-01-01T11:28:51.902Z','c0ffee1','["src/db/a.ts"]','it''s done',1,NULL,0,0,9,10,110,NULL,NULL,'727743c4-27e2-4c2a-b90f-35bdb8c7b330','Build part 1','What part 1 must do.'),
  (2,1,2,'step2/db','db','merged','/work/a','a','2025-01-01T11:28:51.910Z','2025-01-01T11:28:51.913Z','2025-01-01T11:28:51.917Z','2025-01-01T11:28:51.913Z','c0ffee2',NULL,NULL,1,NULL,0,0,0,NULL,80,'feed2',NULL,'727743c4-27e2-4c2a-b90f-35bdb8c7b330','Build part 2','What part 2 must do.'),
  (3,1,3,'step3/api','api','in_progress','/work/b','b','2025-01-01T11:28:51.932Z','2025-01-01T11:28:51.934Z',NULL,'2025-01-01T11:28:51.939Z',NULL,NULL,NULL,1,'2025-01-01T11:43:51.939Z',0,0,0,30,100,NULL,'["src/api/**"]','727743c4-27e2-4c2a-b90f-35bdb8c7b330','Build part 3','What part 3 must do.'),
  (4,1,4,'step4/api','api','claimed',NULL,'c','2025-01-01T11:28:51.945Z',NULL,NULL,'2025-01-01T11:28:51.945Z',NULL,NULL,NULL,1,'2025-01-01T11:43:51.945Z',0,0,0,NULL,110,NULL,NULL,'727743c4-27e2-4c2a-b90f-35bdb8c7b330','Build part 4','What part 4 must do.'),
  (5,1,5,'step5/ui','ui','failed','/work/d','d','2025-01-01T11:28:51.948Z','2025-01-01T11:28:51.951Z',NULL,'2025-01-01T11:28:51.951Z',NULL,NULL,'no network',1,NULL,0,0,0,50,50,NULL,NULL,'727743c4-27e2-4c2a-b90f-35bdb8c7b330','Build part 5','What part 5 must do.'),
  (6,1,6,'step6/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,40,NULL,NULL,NULL,'Build part 6','What part 6 must do.'),
  (7,1,7,'step7/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,2,0,70,70,NULL,NULL,NULL,'Build part 7','What part 7 must do.'),
  (8,1,8,'step8/docs','docs','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,40,NULL,NULL,NULL,'Build part 8','What part 8 must do.'),
  (9,1,9,'step9/docs','docs','cancelled',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,90,90,NULL,NULL,NULL,'Build part 9','What part 9 must do.'),
  (10,2,1,'done','s','completed','/work/a','a','2025-01-01T11:28:52.003Z','2025-01-01T11:28:52.008Z','2025-01-01T11:28:52.010Z','2025-01-01T11:28:52.008Z','d0ne',NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL,'727743c4-27e2-4c2a-b90f-35bdb8c7b330',NULL,NULL),
  (11,3,1,'one','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,NULL,2,NULL,NULL,NULL,NULL,NULL),
  (12,3,2,'two','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,1,0,NULL,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO dependencies VALUES
  (3,1),
  (6,2),
  (7,3),
  (7,4),
  (12,11);
INSERT INTO agent_events VALUES
  (1,'a',1,1,'claimed','2025-01-01T11:28:51.897Z','{"attempt":1}'),
  (2,'a',1,1,'started','2025-01-01T11:28:51.902Z','{"attempt":1,"worktree":"/work/a"}'),
  (3,'a',1,1,'completed','2025-01-01T11:28:51.905Z','{"attempt":1,"commit_hash":"c0ffee1"}'),
  (4,'a',1,2,'claimed','2025-01-01T11:28:51.910Z','{"attempt":1}'),
  (5,'a',1,2,'started','2025-01-01T11:28:51.913Z','{"attempt":1,"worktree":"/work/a"}'),
  (6,'a',1,2,'completed','2025-01-01T11:28:51.917Z','{"attempt":1,"commit_hash":"c0ffee2"}'),
  (7,'a',1,2,'merged','2025-01-01T11:28:51.925Z','{"attempt":1,"merge_commit":"feed2"}'),
  (8,'b',1,3,'claimed','2025-01-01T11:28:51.932Z','{"attempt":1}'),
  (9,'b',1,3,'started','2025-01-01T11:28:51.934Z','{"attempt":1,"worktree":"/work/b"}'),
  (10,'b',1,3,'heartbeat','2025-01-01T11:28:51.939Z','{"attempt":1}'),
  (11,'c',1,4,'claimed','2025-01-01T11:28:51.945Z','{"attempt":1}'),
  (12,'d',1,5,'claimed','2025-01-01T11:28:51.948Z','{"attempt":1}'),
  (13,'d',1,5,'started','2025-01-01T11:28:51.951Z','{"attempt":1,"worktree":"/work/d"}'),
  (14,'d',1,5,'failed','2025-01-01T11:28:51.957Z','{"attempt":1,"reason":"no network"}'),
  (15,'d',1,6,'claimed','2025-01-01T11:28:51.966Z','{"attempt":1}'),
  (16,'d',1,6,'started','2025-01-01T11:28:51.972Z','{"attempt":1,"worktree":"/work/d"}'),
  (17,'d',1,6,'failed','2025-01-01T11:28:51.974Z','{"attempt":1,"reason":"wrong way"}'),
  (18,'unknown',1,6,'recovered','2025-01-01T11:28:51.977Z','{"attempt":1,"from_status":"failed","from_agent":"d"}'),
  (19,'e',1,8,'claimed','2025-01-01T11:28:51.981Z','{"attempt":1}'),
  (20,'e',1,8,'released','2025-01-01T11:28:51.985Z','{"attempt":1,"reason":"not mine"}'),
  (21,'unknown',1,9,'cancelled','2025-01-01T11:28:52.000Z','{"attempt":0,"revision":2}'),
  (22,'a',2,10,'claimed','2025-01-01T11:28:52.003Z','{"attempt":1}'),
  (23,'a',2,10,'started','2025-01-01T11:28:52.008Z','{"attempt":1,"worktree":"/work/a"}'),
  (24,'a',2,10,'completed','2025-01-01T11:28:52.010Z','{"attempt":1,"commit_hash":"d0ne"}'),
  (25,'unknown',3,NULL,'updated','2025-01-01T11:28:52.018Z','{"project":"later","from":{"status":"active"},"to":{"status":"paused"}}');
INSERT INTO failed_steps_history VALUES
  (1,6,1,6,'step6/ui','ui','/work/d','d','2025-01-01T11:28:51.966Z','2025-01-01T11:28:51.972Z','2025-01-01T11:28:51.974Z',NULL,NULL,'wrong way','2025-01-01T11:28:51.977Z',1,'Build part 6','What part 6 must do.');
INSERT INTO claim_requests VALUES
  ('c','request-4','{"project":"shop","step_id":4}',4,1,'2025-01-01T11:28:51.945Z');
INSERT INTO step_counts VALUES
  (1,'cancelled','docs',1,0,0),
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
  (2,'completed','s',1,1,2),
  (2,'in_progress','s',0,0,0),
  (2,'not_started','s',0,0,0),
  (3,'not_started','s',2,0,0);
INSERT INTO agent_counts VALUES
  ('a',1,'db',2,2,7),
  ('a',2,'s',1,1,2);
INSERT INTO agent_sessions VALUES
  ('727743c4-27e2-4c2a-b90f-35bdb8c7b330','test','1','host',1234,'2025-01-01T11:28:51.863Z','2025-01-01T11:28:51.896Z',NULL);
INSERT INTO lease_sweeps VALUES
  (1,'1970-01-01T00:00:00.000Z','1970-01-01T00:00:00.000Z');
