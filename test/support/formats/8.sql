-- The rows of a file that commit b236230b2cbdccb4f01f979ee41b1e93a0256cf0 wrote, killed at work. Times are moved.
-- SHA-256 of its schema: 2f63fcc88c7b0cac22e2f7cc1804bba32d060b5f653573b844dadac70b9741f7
INSERT INTO hq_migrations VALUES
  (1,'2025-01-01 11:28:52','initial'),
  (2,'2025-01-01 11:28:52','plans'),
  (3,'2025-01-01 11:28:52','edits'),
  (4,'2025-01-01 11:28:52','sessions'),
  (5,'2025-01-01 11:28:52','names'),
  (6,'2025-01-01 11:28:52','descriptions'),
  (7,'2025-01-01 11:28:52','estimates'),
  (8,'2025-01-01 11:28:52','unblocking');
INSERT INTO projects VALUES
  (1,'shop','abc123','2025-01-01T11:28:52.299Z','active',2,6,'completed',1,2,4,160,40),
  (2,'Done','abc124','2025-01-01T11:28:52.317Z','completed',0,0,'completed',0,1,0,0,1),
  (3,'later','abc125','2025-01-01T11:28:52.320Z','paused',0,2,'completed',1,1,0,0,1);
INSERT INTO steps VALUES
  (1,1,1,'step1/db','db','completed','/work/a','a','2025-01-01T11:28:52.326Z','2025-01-01T11:28:52.333Z','2025-01-01T11:28:52.339Z','2025-01-01T11:28:52.333Z','c0ffee1','["src/db/a.ts"]','it''s done',1,NULL,0,0,9,10,110,NULL,NULL,'1442171d-9c0b-4099-9f48-35161f3a6023','Build part 1','What part 1 must do.'),
  (2,1,2,'step2/db','db','merged','/work/a','a','2025-01-01T11:28:52.342Z','2025-01-01T11:28:52.345Z','2025-01-01T11:28:52.347Z','2025-01-01T11:28:52.345Z','c0ffee2',NULL,NULL,1,NULL,0,0,0,NULL,80,'feed2',NULL,'1442171d-9c0b-4099-9f48-35161f3a6023','Build part 2','What part 2 must do.'),
  (3,1,3,'step3/api','api','in_progress','/work/b','b','2025-01-01T11:28:52.365Z','2025-01-01T11:28:52.370Z',NULL,'2025-01-01T11:28:52.374Z',NULL,NULL,NULL,1,'2025-01-01T11:43:52.374Z',0,0,0,30,100,NULL,'["src/api/**"]','1442171d-9c0b-4099-9f48-35161f3a6023','Build part 3','What part 3 must do.'),
  (4,1,4,'step4/api','api','claimed',NULL,'c','2025-01-01T11:28:52.378Z',NULL,NULL,'2025-01-01T11:28:52.378Z',NULL,NULL,NULL,1,'2025-01-01T11:43:52.378Z',0,0,0,NULL,110,NULL,NULL,'1442171d-9c0b-4099-9f48-35161f3a6023','Build part 4','What part 4 must do.'),
  (5,1,5,'step5/ui','ui','failed','/work/d','d','2025-01-01T11:28:52.389Z','2025-01-01T11:28:52.393Z',NULL,'2025-01-01T11:28:52.393Z',NULL,NULL,'no network',1,NULL,0,0,0,50,50,NULL,NULL,'1442171d-9c0b-4099-9f48-35161f3a6023','Build part 5','What part 5 must do.'),
  (6,1,6,'step6/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,40,NULL,NULL,NULL,'Build part 6','What part 6 must do.'),
  (7,1,7,'step7/ui','ui','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,2,0,70,70,NULL,NULL,NULL,'Build part 7','What part 7 must do.'),
  (8,1,8,'step8/docs','docs','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,NULL,0,0,0,NULL,40,NULL,NULL,NULL,'Build part 8','What part 8 must do.'),
  (9,1,9,'step9/docs','docs','cancelled',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,90,90,NULL,NULL,NULL,'Build part 9','What part 9 must do.'),
  (10,2,1,'done','s','completed','/work/a','a','2025-01-01T11:28:52.445Z','2025-01-01T11:28:52.447Z','2025-01-01T11:28:52.452Z','2025-01-01T11:28:52.447Z','d0ne',NULL,NULL,1,NULL,0,0,0,NULL,1,NULL,NULL,'1442171d-9c0b-4099-9f48-35161f3a6023',NULL,NULL),
  (11,3,1,'one','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,0,0,NULL,2,NULL,NULL,NULL,NULL,NULL),
  (12,3,2,'two','s','not_started',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,0,1,0,NULL,1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO dependencies VALUES
  (3,1),
  (6,2),
  (7,3),
  (7,4),
  (12,11);
INSERT INTO agent_events VALUES
  (1,'a',1,1,'claimed','2025-01-01T11:28:52.326Z','{"attempt":1}'),
  (2,'a',1,1,'started','2025-01-01T11:28:52.333Z','{"attempt":1,"worktree":"/work/a"}'),
  (3,'a',1,1,'completed','2025-01-01T11:28:52.339Z','{"attempt":1,"commit_hash":"c0ffee1"}'),
  (4,'a',1,2,'claimed','2025-01-01T11:28:52.342Z','{"attempt":1}'),
  (5,'a',1,2,'started','2025-01-01T11:28:52.345Z','{"attempt":1,"worktree":"/work/a"}'),
  (6,'a',1,2,'completed','2025-01-01T11:28:52.347Z','{"attempt":1,"commit_hash":"c0ffee2"}'),
  (7,'a',1,2,'merged','2025-01-01T11:28:52.357Z','{"attempt":1,"merge_commit":"feed2"}'),
  (8,'b',1,3,'claimed','2025-01-01T11:28:52.365Z','{"attempt":1}'),
  (9,'b',1,3,'started','2025-01-01T11:28:52.370Z','{"attempt":1,"worktree":"/work/b"}'),
  (10,'b',1,3,'heartbeat','2025-01-01T11:28:52.374Z','{"attempt":1}'),
  (11,'c',1,4,'claimed','2025-01-01T11:28:52.378Z','{"attempt":1}'),
  (12,'d',1,5,'claimed','2025-01-01T11:28:52.389Z','{"attempt":1}'),
  (13,'d',1,5,'started','2025-01-01T11:28:52.393Z','{"attempt":1,"worktree":"/work/d"}'),
  (14,'d',1,5,'failed','2025-01-01T11:28:52.401Z','{"attempt":1,"reason":"no network"}'),
  (15,'d',1,6,'claimed','2025-01-01T11:28:52.408Z','{"attempt":1}'),
  (16,'d',1,6,'started','2025-01-01T11:28:52.413Z','{"attempt":1,"worktree":"/work/d"}'),
  (17,'d',1,6,'failed','2025-01-01T11:28:52.416Z','{"attempt":1,"reason":"wrong way"}'),
  (18,'unknown',1,6,'recovered','2025-01-01T11:28:52.421Z','{"attempt":1,"from_status":"failed","from_agent":"d"}'),
  (19,'e',1,8,'claimed','2025-01-01T11:28:52.424Z','{"attempt":1}'),
  (20,'e',1,8,'released','2025-01-01T11:28:52.429Z','{"attempt":1,"reason":"not mine"}'),
  (21,'unknown',1,9,'cancelled','2025-01-01T11:28:52.440Z','{"attempt":0,"revision":2}'),
  (22,'a',2,10,'claimed','2025-01-01T11:28:52.445Z','{"attempt":1}'),
  (23,'a',2,10,'started','2025-01-01T11:28:52.447Z','{"attempt":1,"worktree":"/work/a"}'),
  (24,'a',2,10,'completed','2025-01-01T11:28:52.452Z','{"attempt":1,"commit_hash":"d0ne"}'),
  (25,'unknown',3,NULL,'updated','2025-01-01T11:28:52.457Z','{"project":"later","from":{"status":"active"},"to":{"status":"paused"}}');
INSERT INTO failed_steps_history VALUES
  (1,6,1,6,'step6/ui','ui','/work/d','d','2025-01-01T11:28:52.408Z','2025-01-01T11:28:52.413Z','2025-01-01T11:28:52.416Z',NULL,NULL,'wrong way','2025-01-01T11:28:52.421Z',1,'Build part 6','What part 6 must do.');
INSERT INTO claim_requests VALUES
  ('c','request-4','{"project":"shop","step_id":4}',4,1,'2025-01-01T11:28:52.378Z');
INSERT INTO step_counts VALUES
  (1,'cancelled','docs',1,0,0),
  (1,'claimed','api',1,0,0),
  (1,'claimed','db',0,0,0),
  (1,'claimed','docs',0,0,0),
  (1,'claimed','ui',0,0,0),
  (1,'completed','db',1,1,6),
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
  (2,'completed','s',1,1,5),
  (2,'in_progress','s',0,0,0),
  (2,'not_started','s',0,0,0),
  (3,'not_started','s',2,0,0);
INSERT INTO agent_counts VALUES
  ('a',1,'db',2,2,8),
  ('a',2,'s',1,1,5);
INSERT INTO agent_sessions VALUES
  ('1442171d-9c0b-4099-9f48-35161f3a6023','test','1','host',1234,'2025-01-01T11:28:52.268Z','2025-01-01T11:28:52.325Z',NULL);
INSERT INTO lease_sweeps VALUES
  (1,'1970-01-01T00:00:00.000Z','1970-01-01T00:00:00.000Z');
