// 002_words: the full-text index, over 256 properties so that cubes seldom share word statistics (backends/neo4j/words)
// in   nothing
// out  nothing
// try  :clear
CREATE FULLTEXT INDEX memory_terms IF NOT EXISTS FOR (n:Memory)
ON EACH [n.terms_000, n.terms_001, n.terms_002, n.terms_003, n.terms_004, n.terms_005, n.terms_006, n.terms_007,
       n.terms_008, n.terms_009, n.terms_010, n.terms_011, n.terms_012, n.terms_013, n.terms_014, n.terms_015,
       n.terms_016, n.terms_017, n.terms_018, n.terms_019, n.terms_020, n.terms_021, n.terms_022, n.terms_023,
       n.terms_024, n.terms_025, n.terms_026, n.terms_027, n.terms_028, n.terms_029, n.terms_030, n.terms_031,
       n.terms_032, n.terms_033, n.terms_034, n.terms_035, n.terms_036, n.terms_037, n.terms_038, n.terms_039,
       n.terms_040, n.terms_041, n.terms_042, n.terms_043, n.terms_044, n.terms_045, n.terms_046, n.terms_047,
       n.terms_048, n.terms_049, n.terms_050, n.terms_051, n.terms_052, n.terms_053, n.terms_054, n.terms_055,
       n.terms_056, n.terms_057, n.terms_058, n.terms_059, n.terms_060, n.terms_061, n.terms_062, n.terms_063,
       n.terms_064, n.terms_065, n.terms_066, n.terms_067, n.terms_068, n.terms_069, n.terms_070, n.terms_071,
       n.terms_072, n.terms_073, n.terms_074, n.terms_075, n.terms_076, n.terms_077, n.terms_078, n.terms_079,
       n.terms_080, n.terms_081, n.terms_082, n.terms_083, n.terms_084, n.terms_085, n.terms_086, n.terms_087,
       n.terms_088, n.terms_089, n.terms_090, n.terms_091, n.terms_092, n.terms_093, n.terms_094, n.terms_095,
       n.terms_096, n.terms_097, n.terms_098, n.terms_099, n.terms_100, n.terms_101, n.terms_102, n.terms_103,
       n.terms_104, n.terms_105, n.terms_106, n.terms_107, n.terms_108, n.terms_109, n.terms_110, n.terms_111,
       n.terms_112, n.terms_113, n.terms_114, n.terms_115, n.terms_116, n.terms_117, n.terms_118, n.terms_119,
       n.terms_120, n.terms_121, n.terms_122, n.terms_123, n.terms_124, n.terms_125, n.terms_126, n.terms_127,
       n.terms_128, n.terms_129, n.terms_130, n.terms_131, n.terms_132, n.terms_133, n.terms_134, n.terms_135,
       n.terms_136, n.terms_137, n.terms_138, n.terms_139, n.terms_140, n.terms_141, n.terms_142, n.terms_143,
       n.terms_144, n.terms_145, n.terms_146, n.terms_147, n.terms_148, n.terms_149, n.terms_150, n.terms_151,
       n.terms_152, n.terms_153, n.terms_154, n.terms_155, n.terms_156, n.terms_157, n.terms_158, n.terms_159,
       n.terms_160, n.terms_161, n.terms_162, n.terms_163, n.terms_164, n.terms_165, n.terms_166, n.terms_167,
       n.terms_168, n.terms_169, n.terms_170, n.terms_171, n.terms_172, n.terms_173, n.terms_174, n.terms_175,
       n.terms_176, n.terms_177, n.terms_178, n.terms_179, n.terms_180, n.terms_181, n.terms_182, n.terms_183,
       n.terms_184, n.terms_185, n.terms_186, n.terms_187, n.terms_188, n.terms_189, n.terms_190, n.terms_191,
       n.terms_192, n.terms_193, n.terms_194, n.terms_195, n.terms_196, n.terms_197, n.terms_198, n.terms_199,
       n.terms_200, n.terms_201, n.terms_202, n.terms_203, n.terms_204, n.terms_205, n.terms_206, n.terms_207,
       n.terms_208, n.terms_209, n.terms_210, n.terms_211, n.terms_212, n.terms_213, n.terms_214, n.terms_215,
       n.terms_216, n.terms_217, n.terms_218, n.terms_219, n.terms_220, n.terms_221, n.terms_222, n.terms_223,
       n.terms_224, n.terms_225, n.terms_226, n.terms_227, n.terms_228, n.terms_229, n.terms_230, n.terms_231,
       n.terms_232, n.terms_233, n.terms_234, n.terms_235, n.terms_236, n.terms_237, n.terms_238, n.terms_239,
       n.terms_240, n.terms_241, n.terms_242, n.terms_243, n.terms_244, n.terms_245, n.terms_246, n.terms_247,
       n.terms_248, n.terms_249, n.terms_250, n.terms_251, n.terms_252, n.terms_253, n.terms_254, n.terms_255]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: false}};
