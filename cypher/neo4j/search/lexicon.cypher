// lexicon: the named entities of a cube that a scope sees, and which of them said something there
// in   $cube string; slot where: the scope's condition on n; slot said: that on m (a Message); slot by: that on e
// out  key, id, valid_to int (us, UTC), spoke bool, lasting bool: and what they said has no end in time
// try  :param cube => 'handbook'
MATCH (n:Entity)
WHERE n.cube_id = $cube AND n.key <> '' AND /*where*/ true /*where*/
RETURN n.key AS key, n.id AS id, n.valid_to AS valid_to,
       EXISTS { (n)<-[e:SAID_BY]-(m:Message) WHERE /*by*/ true /*by*/ AND /*said*/ true /*said*/ } AS spoke,
       EXISTS { (n)<-[e:SAID_BY]-(m:Message) WHERE /*by*/ true /*by*/ AND /*said*/ true /*said*/
                AND e.valid_to IS NULL AND m.valid_to IS NULL } AS lasting
